// npm run provider -- BACKEND MODEL [--hostname URL] [--embed MODEL] [--json]
// Exit code: 0 where the model does what it promises, 1 where not, 2 where the check could not begin, 130 after Ctrl-C.

import { parseArgs } from 'node:util';
import { toAiosError } from '@aios/protocol';
import {
  checkProvider,
  heading,
  type Result,
  resultLine,
  summary,
  type Target,
} from './provider-check/index.ts';

const usage = 'Usage: npm run provider -- BACKEND MODEL [--hostname URL] [--embed MODEL] [--json]';

interface Command {
  readonly target: Target;
  readonly json: boolean;
}

/** The arguments; undefined where they are wrong. */
function readCommand(): Command | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        hostname: { type: 'string' },
        embed: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const [backend, model, ...further] = positionals;
    if (backend === undefined || model === undefined || further.length > 0) return undefined;
    const { hostname, embed, json } = values;
    return { target: { backend, model, hostname, embed }, json };
  } catch (error) {
    console.error(toAiosError(error).message);
    return undefined;
  }
}

async function run({ target, json }: Command): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  // A second Ctrl-C ends the program at once.
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    let isFirst = true;
    const print = (result: Result) => {
      // After the boot, so that a target that cannot be checked has no table.
      if (isFirst) console.log(heading());
      isFirst = false;
      console.log(resultLine(result));
    };
    const report = await checkProvider(target, {
      env: process.env,
      signal: interruption.signal,
      ...(!json && { onResult: print }),
    });
    console.log(json ? JSON.stringify(report, null, 2) : `\n${summary(report)}`);
    return report.passed ? 0 : 1;
  } catch (error) {
    if (interruption.signal.aborted) return 130;
    console.error(toAiosError(error).message);
    return 2;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

const command = readCommand();
if (command === undefined) console.error(usage);
process.exitCode = command === undefined ? 2 : await run(command);
