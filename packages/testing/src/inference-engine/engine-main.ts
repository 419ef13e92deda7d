// The engine as a process: its parameters come as an argument in JSON, its address goes to the parent, whose end ends it.

import { once } from 'node:events';
import type { EngineParameters } from './parameters.ts';
import { startEngineServer } from './server.ts';

const parameters: EngineParameters = JSON.parse(process.argv[2] ?? '{}');
await using server = await startEngineServer(parameters);
const disconnected = once(process, 'disconnect');
process.send?.(server.origin);
await disconnected;
