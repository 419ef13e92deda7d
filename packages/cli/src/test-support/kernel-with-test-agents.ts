// A program that runs a kernel as `aios up` does, with the test agents as trusted ones, so that they run inline. Runs the agent
// `forgetful` on the home AIOS_HOME and prints the state of the kernel afterwards.

import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '@aios/sdk';
import { runKernel } from '@aios/server';
import { outliveRejections } from '../outlive-rejections.ts';
import { shipped } from '../shipped.ts';

const agents = fileURLToPath(new URL('../../../testing/agents', import.meta.url));
await using running = await runKernel({
  env: process.env,
  agentFolders: [{ path: agents, trusted: true }],
  offeredImports: shipped.offeredImports,
});
using _guard = outliveRejections(running.kernel.logger);
await using client = await connect({ url: running.url });
const { pid } = await client.process.spawn({ agent: 'forgetful', runtime: 'inline' });
await client.process.wait({ pid });
await setImmediate();
const { state, processes } = await client.kernel.status();
process.stdout.write(JSON.stringify({ state, processes }));
