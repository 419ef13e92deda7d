// Runs programs in sandboxes for a test, in a process of another user: a line of JSON asks, a line answers.

import { createInterface } from 'node:readline';
import { type ProgramSpec, runProgram } from '../run-program.ts';
import { createSandbox } from '../sandbox.ts';

const ignore = () => undefined;
const sandbox = createSandbox({ logger: { debug: ignore } });

for await (const line of createInterface(process.stdin)) {
  const spec: ProgramSpec = JSON.parse(line);
  const answer = await runProgram(sandbox, spec, AbortSignal.timeout(60_000)).then(
    (result) => ({ result }),
    (error: Error) => ({ error: error.message }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
