import type { JsonObject, JsonValue, ToolDescription } from '@aios/protocol';
import { AiosError, jsonObject } from '@aios/protocol';
import { z } from 'zod';
import type { SyscallContext } from '../syscall/index.ts';
import { checkArguments } from './arguments.ts';

/** What a tool may use: who asks, whether it was cancelled, and system calls made for the same caller. */
export type ToolContext = Pick<
  SyscallContext<'tool.call'>,
  'call' | 'caller' | 'signal' | 'invoke' | 'authorise' | 'idempotencyKey'
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
  /** What it gives was written by anybody: web pages, mails, answers of third parties. Who reads it is marked for it. */
  readonly isUntrusted?: boolean;
  /** Where it sends its arguments, such as a URL, where it does so; a tool of effect `external` always does. */
  destination?(input: z.output<Input>): string | undefined;
  /**
   * What it does cannot be undone, such as to send, to pay or to delete: a person is asked before an agent does it. A function
   * says so of a call, or why.
   */
  readonly irreversible?: true | ((input: z.output<Input>) => boolean | string);
  /** Gives anything that JSON can carry. Must end soon after `context.signal` fires. */
  run(input: z.output<Input>, context: ToolContext): unknown;
  /**
   * For a tool of effect `external`: finds out whether a call happened whose outcome a crash or a lost connection hid, by
   * `context.idempotencyKey`, which the call had too. It may only look. It says `repeat` only where it is certain that the
   * call did not and will not take effect; the call is made again then.
   */
  probe?(input: z.output<Input>, context: ToolContext): Promise<ToolProbe>;
  /** Undoes a call that happened. `result` is what the call gave, absent where nobody knows. May be called more than once. */
  compensate?(input: z.output<Input>, result: JsonValue | undefined, context: ToolContext): Promise<void>;
}

/** What a tool found out about a call of its own. */
export type ToolProbe =
  | { readonly outcome: 'committed'; readonly result: unknown }
  | { readonly outcome: 'repeat' | 'unknown' };

/** One call of a tool, its arguments checked. */
export interface ToolRun {
  /** Where it sends its arguments. */
  readonly destination?: string | undefined;
  /** Why it cannot be undone, where it cannot. */
  readonly irreversible?: string | undefined;
  run(context: ToolContext): unknown;
  readonly probe?: (context: ToolContext) => Promise<ToolProbe>;
  readonly compensate?: (result: JsonValue | undefined, context: ToolContext) => Promise<void>;
}

/** A tool as the registry holds it. */
export interface Tool {
  readonly description: ToolDescription;
  readonly isUntrusted: boolean;
  /** Checks the arguments and gives the run that they ask for. Throws `invalid_argument` naming what is wrong. */
  prepare(given: JsonObject): ToolRun;
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
    description: {
      name,
      description,
      inputSchema: jsonObject.parse(inputSchema),
      effect,
      idempotent,
      ...(definition.irreversible && { irreversible: true }),
    },
    isUntrusted: definition.isUntrusted ?? false,
    prepare: (given) => {
      const checked = checkArguments(name, input, given);
      const { probe, compensate } = definition;
      return {
        destination: definition.destination?.(checked) ?? (effect === 'external' ? name : undefined),
        irreversible: whyIrreversible(definition, checked),
        run: (context) => definition.run(checked, context),
        ...(probe && { probe: (context) => probe.call(definition, checked, context) }),
        ...(compensate && {
          compensate: (result, context) => compensate.call(definition, checked, result, context),
        }),
      };
    },
  };
}

function whyIrreversible<Input extends z.ZodObject>(
  { irreversible }: ToolDefinition<Input>,
  input: z.output<Input>,
): string | undefined {
  const said = typeof irreversible === 'function' ? irreversible(input) : irreversible;
  return said === true ? 'what it does cannot be undone' : said || undefined;
}
