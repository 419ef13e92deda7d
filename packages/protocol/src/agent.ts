import { z } from 'zod';
import type { SyscallChannel } from './channel.ts';
import { type JsonValue, jsonObject } from './schemas/json.ts';
import { permission } from './schemas/permission.ts';
import type { ProcessSignal } from './schemas/process.ts';
import { runtimeName } from './schemas/runtime.ts';
import { urgency } from './schemas/scheduling.ts';
import { budget } from './schemas/usage.ts';

/** What an agent says about itself. */
export const agentManifest = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._/-]{0,127}$/, 'must be lower-case letters, digits, ".", "_", "-" or "/"'),
  description: z.string().default(''),
  runtime: runtimeName.default('worker'),
  permissions: z.array(permission).max(1000).default([]),
  budget: budget.default({}),
  unknownEffects: z
    .enum(['wait', 'error'])
    .default('wait')
    .describe(
      'What a durable process does about an effect whose outcome nobody knows: wait for somebody who does, or go on with the error outcome_unknown',
    ),
  ...urgency,
  inputSchema: jsonObject.optional().describe('JSON Schema of the input'),
  outputSchema: jsonObject.optional().describe('JSON Schema of the output'),
});
export type AgentManifest = z.infer<typeof agentManifest>;

export type SignalListener = (signal: ProcessSignal) => void;

/** Registered globally, so that an agent built with another copy of the SDK is recognised. */
export const agentDefinitionMarker: unique symbol = Symbol.for('aios.agent');

/** The default export of an agent’s file, made by the SDK’s `defineAgent`. */
export interface AgentDefinition {
  readonly [agentDefinitionMarker]: true;
  readonly manifest: z.input<typeof agentManifest>;
  /**
   * Runs the agent to its end. The signal fires when the process must end: at once where it is killed, within a grace period
   * where it is terminated. `onSignal` tells of what is said to the agent meanwhile, and of what was said before.
   */
  start(
    input: JsonValue,
    channel: SyscallChannel,
    signal: AbortSignal,
    onSignal?: (listener: SignalListener) => void,
  ): Promise<JsonValue>;
}
