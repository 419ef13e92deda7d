import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { TestProject } from 'vitest/node';
import { type PostgresCluster, startPostgres } from './postgresql.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL that answers with the URL of a new empty PostgreSQL database. */
    postgresBroker: string;
  }
}

/**
 * Runs once around a test run, in its main process: starts one PostgreSQL for all test files when the first of them asks,
 * and stops it in the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: Promise<PostgresCluster | undefined> | undefined;
  let databases = 0;
  const answer = async (response: ServerResponse) => {
    cluster ??= startPostgres();
    const running = await cluster;
    if (running === undefined) return response.writeHead(404).end();
    databases += 1;
    return response.end(await running.createDatabase(`test_${databases}`));
  };
  const broker = createServer((_request, response) => {
    answer(response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const address = broker.address();
  if (address === null || typeof address === 'string')
    throw new Error('The broker of databases has no port.');
  project.provide('postgresBroker', `http://127.0.0.1:${address.port}`);
  return async () => {
    broker.close();
    broker.closeAllConnections();
    await (await cluster)?.[Symbol.asyncDispose]();
  };
}
