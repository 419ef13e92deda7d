import { type Client, connect } from '@aios/sdk';
import type { CommonOptions } from './common-options.ts';

/** Connects to the kernel that the options and the environment name. */
export async function openClient({ home }: CommonOptions): Promise<Client> {
  return await connect({ ...(home !== undefined && { home }) });
}
