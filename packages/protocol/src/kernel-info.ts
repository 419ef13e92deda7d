import { z } from 'zod';

/** What a running kernel leaves in `kernel.json` of its home, for the clients of its machine. */
export const kernelInfo = z.object({
  url: z.url().describe('Where it answers'),
  osPid: z.number().int().positive().describe('Process number in the host’s operating system'),
  startedAt: z.string().describe('ISO 8601'),
  version: z.string(),
});
export type KernelInfo = z.infer<typeof kernelInfo>;
