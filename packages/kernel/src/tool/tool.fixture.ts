// What the tests of this folder share: a caller, the context of a call, and a way to call a tool as the path would.
import { AiosError, type JsonObject, type JsonValue, tenantId, userId } from '@aios/protocol';
import { policyThat } from '../access/policy.fixture.ts';
import type { Caller, SyscallContext } from '../syscall/index.ts';
import type { Tools } from './tools.ts';

export interface CallOptions {
  readonly allows?: (action: string, target: string | undefined) => boolean;
  readonly signal?: AbortSignal;
  readonly invoke?: (name: string, input: unknown) => Promise<unknown>;
}

export function callerWith(allows: NonNullable<CallOptions['allows']> = () => true): Caller {
  return { tenant: tenantId.parse('t'), user: userId.parse('u'), policy: policyThat(allows) };
}

export function contextWith(options: CallOptions = {}): SyscallContext<'tool.call'> {
  const { allows = () => true, signal = new AbortController().signal, invoke } = options;
  return {
    call: '1',
    caller: callerWith(allows),
    signal,
    invoke: invoke as SyscallContext['invoke'],
    invokeBehind: () => Promise.reject(new Error('tools make no calls behind')),
    moveTo: async () => undefined,
    progress: () => undefined,
    onYield: () => undefined,
    runToEnd: () => undefined,
    mayYield: () => false,
    commit: () => Promise.reject(new Error('changes nothing')),
    idempotencyKey: undefined,
    ensureCurrent: async () => undefined,
    authorise: async (action, target) => {
      if (!allows(action, target))
        throw new AiosError('permission_denied', `${action}:${target} was not granted.`);
    },
  };
}

export async function callTool(
  { handlers }: Tools,
  name: string,
  given: JsonObject = {},
  options: CallOptions = {},
): Promise<JsonValue> {
  const context = contextWith(options);
  const prepared = handlers['tool.call'].prepare({ name, arguments: given }, context.caller);
  return (await prepared.execute(context)).result;
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<AiosError> {
  try {
    await promise;
  } catch (error) {
    if (AiosError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
