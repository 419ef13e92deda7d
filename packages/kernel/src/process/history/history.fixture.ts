import type { Pid, SyscallChannel } from '@aios/protocol';
import { newPostgresDatabase } from '@aios/testing/databases';
import { bootInstallation, type Installation, type InstallationOptions } from '@aios/testing/installation';
import { realComponent } from '@aios/testing/real-component';
import { describe } from 'vitest';

export type Boot = (options?: InstallationOptions) => Promise<Installation>;

/** Runs tests on SQLite and on PostgreSQL. */
export async function onBothDatabases(tests: (boot: Boot) => void): Promise<void> {
  describe('SQLite', () => tests(bootInstallation));
  const postgres = realComponent(
    'PostgreSQL',
    await newPostgresDatabase(),
    'Install the package postgresql.',
  );
  describe.skipIf(postgres === undefined)('PostgreSQL', () =>
    tests(async (options) => {
      const databaseUrl = await newPostgresDatabase();
      if (databaseUrl === undefined) throw new Error('PostgreSQL is gone.');
      return await bootInstallation({ ...options, databaseUrl });
    }),
  );
}

/** Resolves when some process waits for a message. */
async function whenWaiting<Output>({ kernel }: Installation, start: () => Promise<Output>): Promise<Output> {
  const waiting = Promise.withResolvers<void>();
  using _subscription = kernel.events.subscribe((event) => {
    if (event.type === 'process-changed' && event.to === 'waiting' && event.cause.includes('message'))
      waiting.resolve();
  });
  const output = await start();
  await waiting.promise;
  return output;
}

/** Starts a durable walker, which waits to be told where to go. */
export async function startWalker(installation: Installation, input: object = {}): Promise<Pid> {
  const request = { agent: 'walker', input: JSON.parse(JSON.stringify(input)), durable: true };
  const { pid } = await whenWaiting(installation, () => installation.session.call('process.spawn', request));
  return pid;
}

/** Tells a walker where to go, and resolves when it has gone there. */
export async function tell(installation: Installation, pid: Pid, word: string): Promise<void> {
  const arrived = Promise.withResolvers<void>();
  let isThere = false;
  using _subscription = installation.kernel.events.subscribe((event) => {
    if (!('pid' in event) || event.pid !== pid) return;
    if (event.type === 'syscall-settled' && event.target === `/walked/${word}.txt`) isThere = true;
    if (isThere && event.type === 'process-changed' && event.to === 'waiting') arrived.resolve();
  });
  await installation.session.call('message.send', { to: `${pid}`, content: word });
  await arrived.promise;
}

/** Lets a walker stop, and gives where it has been. */
export async function stop({ session }: Installation, pid: Pid): Promise<unknown> {
  await session.call('message.send', { to: `${pid}`, content: 'stop' });
  const { output, error } = await session.call('process.wait', { pid, timeoutMs: 20_000 });
  return output ?? error?.detail;
}

/** What is said in the conversation of a process. */
export async function saidTo(session: SyscallChannel, pid: Pid): Promise<unknown[]> {
  const { messages } = await session.call('context.read', { pid });
  return messages.map(({ content }) => content);
}
