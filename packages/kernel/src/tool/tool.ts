import type { JsonObject, ToolDescription } from '@aios/protocol';
import { AiosError, jsonObject } from '@aios/protocol';
import { z } from 'zod';
import type { SyscallContext } from '../syscall/index.ts';
import { checkArguments } from './arguments.ts';

/** What a tool may use: who asks, whether it was cancelled, and system calls made for the same caller. */
export type ToolContext = Pick<
  SyscallContext<'tool.call'>,
  'call' | 'caller' | 'signal' | 'invoke' | 'authorise'
>;

export interface ToolDefinition<Input extends z.ZodObject> {
  /** Words of letters and digits, joined by `.`, `_`, `-` or `/`. */
  readonly name: string;
  /** Tells a model when to use the tool and what comes back. */
  readonly description: string;
  readonly input: Input;
  readonly effect: ToolDescription['effect'];
  /** Whether a repeat with the same arguments does no more than the first. */
  readonly idempotent: boolean;
  /** Gives anything that JSON can carry. Must end soon after `context.signal` fires. */
  run(input: z.output<Input>, context: ToolContext): unknown;
}

/** A tool as the registry holds it. */
export interface Tool {
  readonly description: ToolDescription;
  /** Checks the arguments and gives the run that they ask for. Throws `invalid_argument` naming what is wrong. */
  prepare(given: JsonObject): (context: ToolContext) => unknown;
}

const toolName = /^[A-Za-z0-9]+([._/-][A-Za-z0-9]+)*$/;
const maxNameLength = 128;

/** Makes a tool of a function. Arguments that its schema does not know are refused, so that a slip is noticed. */
export function defineTool<Input extends z.ZodObject>(definition: ToolDefinition<Input>): Tool {
  const { name, description, input, effect, idempotent } = definition;
  if (!toolName.test(name) || name.length > maxNameLength) {
    throw new AiosError(
      'invalid_argument',
      `A tool cannot be called ${JSON.stringify(name)}: use letters and digits, joined by ".", "_", "-" or "/".`,
    );
  }
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input' });
  return {
    description: { name, description, inputSchema: jsonObject.parse(inputSchema), effect, idempotent },
    prepare: (given) => {
      const checked = checkArguments(name, input, given);
      return (context) => definition.run(checked, context);
    },
  };
}
