// A kernel that `aios chaos` and the crash demo start in a process of its own, to kill it: `aios up` with the bank’s tools.

import { fileURLToPath } from 'node:url';
import { createLogger, runKernel } from '@aios/server';
import { shipped } from '../shipped.ts';
import { bankTools } from './bank-tools.ts';

const { AIOS_CHAOS_BANK: bank = '' } = process.env;

const running = await runKernel({
  env: process.env,
  port: 0,
  ...shipped,
  agentFolders: [{ path: fileURLToPath(new URL('./agents', import.meta.url)), trusted: false }],
  tools: bankTools(bank),
  logger: createLogger('error'),
});
process.send?.({ url: running.url });
process.once('SIGTERM', () => void running[Symbol.asyncDispose]().then(() => process.exit(0)));
