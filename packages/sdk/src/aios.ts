import {
  AiosError,
  type CallOptions,
  type JsonValue,
  type SyscallChannel,
  type SyscallName,
  type SyscallOutput,
  type SyscallRequest,
  syscallNames,
} from '@aios/protocol';

type PrefixOf<Name> = Name extends `${infer Prefix}.${string}` ? Prefix : never;

/** The input may be left out where every field of it may. */
type Arguments<Name extends SyscallName> =
  Record<never, never> extends SyscallRequest<Name>
    ? [input?: SyscallRequest<Name>, options?: CallOptions<Name>]
    : [input: SyscallRequest<Name>, options?: CallOptions<Name>];

type Method<Name extends SyscallName> = (...args: Arguments<Name>) => Promise<SyscallOutput<Name>>;

type CallsOf<Prefix extends string> = {
  readonly [Name in SyscallName as Name extends `${Prefix}.${infer Rest}` ? Rest : never]: Method<Name>;
};

type Families = { readonly [Prefix in PrefixOf<SyscallName>]: CallsOf<Prefix> };

/**
 * The typed client of a kernel, the same inside an agent and outside: `aios.llm.chat({ … })`, `aios.storage.read({ … })`,
 * one method for each system call; or by name: `aios.call('llm.chat', { … })`. Errors are AiosErrors.
 */
export type Aios = Families &
  SyscallChannel & {
    /**
     * Which version of its code a durable process is to follow where the code was changed since such processes may have
     * started: `latest` (1 unless given), or 0 for one that was past this place before. The same each time that it runs.
     */
    version(change: string, latest?: number): Promise<number>;
    /**
     * Begins the calling process anew: its agent runs from its beginning with this input, and the journal is empty again, so
     * that a process that lives long is resumed as fast as a young one. All else stays: pid, family, mailbox, budget,
     * conversations, schedules, effects. Never returns: `return aios.continueAsNew({ … })`. Throws `failed_precondition` while
     * other calls are under way. Needs the permission `process.continue`.
     */
    continueAsNew(input: JsonValue): Promise<never>;
  };

/** Derives the client from the system-call table over any channel. */
export function createClient(channel: SyscallChannel): Aios {
  const families: Record<string, Record<string, unknown>> = {};
  for (const name of syscallNames) {
    const [prefix, method] = splitName(name);
    families[prefix] ??= {};
    families[prefix][method] = (
      input: SyscallRequest<typeof name> = {},
      options?: CallOptions<typeof name>,
    ) => channel.call(name, input, options);
  }
  const call: SyscallChannel['call'] = (name, input, options) => channel.call(name, input, options);
  // The names come from the table that the type is computed from, so the loop above built exactly these members.
  const version: Aios['version'] = async (change, latest) =>
    (await channel.call('process.version', { change, ...(latest !== undefined && { latest }) })).version;
  const continueAsNew: Aios['continueAsNew'] = async (input) => {
    await channel.call('process.continue', { input });
    throw new AiosError('internal', 'The process began anew, and its code ran on.');
  };
  return { ...families, call, version, continueAsNew } as unknown as Aios;
}

function splitName(name: SyscallName): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}
