// A program that makes one call on the conversations of a home and kills itself (SIGKILL) after so many statements of the
// transactions in which it changes something; one more than there are: after the commit, before anybody hears of it.
// node crash.fixture.ts HOME DATABASE-URL-OR-EMPTY CALL STATEMENTS

import { pid as pidSchema } from '@aios/protocol';
import type { KyselyPlugin } from 'kysely';
import { type Database, openDatabase } from '../../database/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { createWorld, say, user } from './contexts.fixture.ts';

const [home = '', url = '', call = '', count = '0'] = process.argv.slice(2);
let left = Number(count);

function passStatement(): void {
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const mortal: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    passStatement();
    return result;
  },
};

const opened = await openDatabase({
  home,
  ...(url !== '' && { url }),
  logger: createLogger('silent'),
});
const database: Database = {
  ...opened,
  async write(job) {
    const result = await opened.write((transaction) => job(transaction.withPlugin(mortal)));
    passStatement();
    return result;
  },
};
const world = createWorld(database);
const caller = {
  ...user('anna'),
  process: { pid: pidSchema.parse(1), agent: 'a', durable: false, fence: 1 },
};
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  append: () => world.call(caller, 'context.append', { messages: [say('new'), say('more')] }),
  checkpoint: () => world.call(caller, 'context.checkpoint', {}),
  restore: () => world.call(caller, 'context.restore', { checkpoint: 1 }),
  fork: () => world.call(caller, 'context.fork', { checkpoint: 1, as: 'other' }),
  'fork of a process': () => world.call(caller, 'context.fork', { spawn: {} }),
  delete: () => world.call(caller, 'context.delete', { checkpoint: 1 }),
  sweep: () => world.contexts.sweep(),
};
await calls[call]?.();
await opened[Symbol.asyncDispose]();
