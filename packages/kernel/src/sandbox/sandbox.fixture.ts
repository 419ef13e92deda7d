// The sandbox of the machine, for tests: undefined, and said so, where it has none.

import { realComponent } from '@aios/testing/real-component';
import { pino } from 'pino';
import { createSandbox, type Sandbox } from './sandbox.ts';

export async function sandboxOfMachine(): Promise<Sandbox | undefined> {
  const sandbox = createSandbox({ logger: pino({ level: 'silent' }) });
  try {
    await sandbox.check();
    return sandbox;
  } catch (error) {
    return realComponent('sandbox', undefined, String(error));
  }
}
