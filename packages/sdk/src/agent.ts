import {
  type AgentDefinition,
  type AgentManifest,
  AiosError,
  agentDefinitionMarker,
  agentManifest,
  type Budget,
  type JsonObject,
  type JsonValue,
  jsonObject,
  jsonValue,
  type SignalListener,
} from '@aios/protocol';
import { z } from 'zod';
import { type Aios, createClient } from './aios.ts';
import { describeIssues } from './issues.ts';

/**
 * The error by which an agent ends because a person has to answer or decide something first: `throw needsInput('Which
 * account?')`. Its process ends with the exit `needs_input`.
 */
export function needsInput(question: string, details: JsonObject = {}): AiosError {
  return new AiosError('failed_precondition', question, {
    disposition: 'ask_human',
    details: { ...details, needsInput: true },
  });
}

/** What `run` gets besides the input and the client. */
export interface AgentContext {
  /**
   * Fires when the process must end: it was killed, or it was terminated and has a grace period. Calls under way are cancelled
   * then; own waits and loops must watch it.
   */
  readonly signal: AbortSignal;
  /**
   * Calls back for each `terminate` and `interrupt` that the process is sent. A durable agent hears of an interrupt before
   * its next call, and at the same place when it runs again after a crash; others at once.
   */
  readonly onSignal: (listener: SignalListener) => void;
}

export interface AgentOptions<Input extends z.ZodType, Output extends z.ZodType> {
  /** Lower-case letters, digits, `.`, `_`, `-` and `/`. */
  name: string;
  description?: string;
  /** Schema of the input; any JSON when absent. */
  input?: Input;
  /** Schema of the output; any JSON when absent. */
  output?: Output;
  /** `worker` unless given; `inline` is honoured for trusted agents only. */
  runtime?: AgentManifest['runtime'];
  /** What the agent may do, such as `storage.read:/docs/**`. Anything else is denied. */
  permissions: readonly string[];
  budget?: Budget;
  /**
   * What the agent does, when it runs as a durable process, about an effect on the outside world whose outcome a crash hid
   * and no tool can find out: `wait` until a person says, unless given, or go on with the error `outcome_unknown`.
   */
  unknownEffects?: AgentManifest['unknownEffects'];
  /** Share of a full queue that its calls get: `pipeline` unless given, or what its parent has. */
  class?: AgentManifest['class'];
  /** Under the policy `priority`, the greater comes first; 0 unless given. */
  priority?: number;
  run(input: z.output<Input>, aios: Aios, context: AgentContext): Promise<z.input<Output>>;
}

/**
 * Makes an agent; its file exports it as default. Throws `invalid_argument` when the name or a permission is malformed.
 */
export function defineAgent<
  Input extends z.ZodType = typeof jsonValue,
  Output extends z.ZodType = typeof jsonValue,
>(options: AgentOptions<Input, Output>): AgentDefinition {
  const { name, description, input, output, runtime, permissions, budget, run } = options;
  const manifest = agentManifest.safeParse({
    name,
    description,
    runtime,
    permissions,
    budget,
    class: options.class,
    unknownEffects: options.unknownEffects,
    priority: options.priority,
    inputSchema: input && jsonSchemaOf(input, 'input'),
    outputSchema: output && jsonSchemaOf(output, 'output'),
  });
  if (!manifest.success) {
    throw new AiosError(
      'invalid_argument',
      `The agent "${name}": ${describeIssues(manifest.error, 'manifest')}`,
    );
  }
  return {
    [agentDefinitionMarker]: true,
    manifest: manifest.data,
    start: async (rawInput, channel, signal, onSignal = nobodySpeaks) => {
      const parsed = parseInput(name, input ?? jsonValue, rawInput);
      // Without a schema the type parameter is its default, the type of jsonValue.
      const result = await run(parsed as z.output<Input>, createClient(channel), { signal, onSignal });
      return parseOutput(name, output ?? jsonValue, result);
    },
  };
}

/** Where the agent runs outside of a kernel, as in its tests. */
function nobodySpeaks(): void {
  // There is nobody to send a signal.
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output') {
  return jsonObject.parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io }))));
}

function parseInput(agent: string, schema: z.ZodType, input: JsonValue): unknown {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AiosError(
    'invalid_argument',
    `The agent "${agent}" cannot work with this input: ${describeIssues(parsed.error, 'input')}`,
  );
}

function parseOutput(agent: string, schema: z.ZodType, output: unknown): JsonValue {
  const parsed = schema.safeParse(output ?? null);
  if (!parsed.success) {
    throw new AiosError(
      'internal',
      `The agent "${agent}" returned an output other than it declares: ${describeIssues(parsed.error, 'output')}`,
    );
  }
  const text = JSON.stringify(parsed.data);
  if (text === undefined) {
    throw new AiosError(
      'internal',
      `The agent "${agent}" returned a ${typeof parsed.data}, which is not JSON.`,
    );
  }
  return jsonValue.parse(JSON.parse(text));
}
