import { defineTool, type Tool } from '../../tool.ts';
import { type CodeOptions, codeInput, runCode } from './run-code.ts';

/** Runs programs that reach nothing but what they are given. */
export function codeRun(options: CodeOptions): Tool {
  return defineTool({
    name: 'code.run',
    description:
      'Run a program in Python (standard library), JavaScript (Node.js) or shell, in a sandbox without network. Gives exitCode, stdout and stderr. Files come in by path; what it writes to out/ can be stored.',
    input: codeInput,
    effect: 'write',
    // Nothing but the stored files stays, and a repeat stores them again.
    idempotent: true,
    run: (input, context) => runCode(options, input, context),
  });
}
