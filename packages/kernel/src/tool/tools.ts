import { AiosError, type JsonValue, type ToolDescription, toAiosError } from '@aios/protocol';
import { compilePattern, sourceName } from '../access/index.ts';
import { type Config, nearestNames } from '../config/index.ts';
import type { Lookup } from '../network/index.ts';
import type { Sandbox } from '../sandbox/index.ts';
import { type Caller, type HandlersOf, handle, type PreparedCall } from '../syscall/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { builtinTools } from './builtin/index.ts';
import { checkResult } from './result.ts';
import { syscallTools } from './syscall-tools.ts';
import type { Tool, ToolRun } from './tool.ts';

export interface CreateToolsOptions {
  readonly config: () => Config;
  readonly logger: Logger;
  /** Where tools run code. */
  readonly sandbox: Sandbox;
  /** Tools besides the built-in ones. */
  readonly tools?: readonly Tool[];
  /** Milliseconds since 1970; the machine’s own clock when absent. */
  readonly clock?: () => number;
  /** How http.get finds the addresses of a host; that of the operating system when absent. */
  readonly lookup?: Lookup;
}

/** The registry of tools. */
export interface Tools {
  readonly handlers: HandlersOf<'tool'>;
  /** Adds a tool until it is disposed of. Throws `already_exists` when the name is taken. */
  register(tool: Tool): Disposable;
}

/** Makes the registry with the built-in tools and the system calls that are offered as tools. */
export function createTools(options: CreateToolsOptions): Tools {
  const { logger, config, tools = [] } = options;
  const registry = new Map<string, Tool>();

  const register = (tool: Tool): Disposable => {
    const { name } = tool.description;
    if (registry.has(name)) {
      throw new AiosError('already_exists', `There is a tool "${name}" already. Choose another name.`);
    }
    registry.set(name, tool);
    return { [Symbol.dispose]: () => registry.get(name) === tool && registry.delete(name) };
  };

  for (const tool of [...builtinTools(options), ...syscallTools(), ...tools]) register(tool);
  return {
    register,
    handlers: {
      'tool.list': handle((_, { caller }) => ({ tools: allowedTools(registry, caller) })),
      'tool.call': {
        destination: ({ name, arguments: given }) => {
          const tool = registry.get(name);
          if (tool === undefined) return undefined;
          // What a third party is asked tells it something.
          return tool.prepare(given).destination ?? (isThirdParty(name, config()) ? name : undefined);
        },
        irreversible: ({ name, arguments: given }) => {
          const tool = registry.get(name);
          return tool?.description.irreversible && tool.prepare(given).irreversible;
        },
        prepare: ({ name, arguments: given }, caller) => {
          const tool = registry.get(name);
          if (tool === undefined) throw unknownTool(name, registry, caller);
          const run = tool.prepare(given);
          const isUntrusted = tool.isUntrusted || isThirdParty(name, config());
          return prepareCall(tool, run, {
            logger,
            untrusted: isUntrusted ? (run.destination ?? name) : undefined,
          });
        },
      },
    },
  };
}

function isThirdParty(name: string, { guard }: Config): boolean {
  return guard.untrusted.some((pattern) => compilePattern(pattern)(name));
}

function allowedTools(registry: ReadonlyMap<string, Tool>, caller: Caller): ToolDescription[] {
  return [...registry.values()]
    .map(({ description }) => description)
    .filter(({ name }) => caller.policy.mayAllow('tool.call', name))
    .toSorted((left, right) => left.name.localeCompare(right.name));
}

function unknownTool(name: string, registry: ReadonlyMap<string, Tool>, caller: Caller): AiosError {
  const names = allowedTools(registry, caller).map((tool) => tool.name);
  const nearest = nearestNames(name, names);
  const meant =
    nearest.length > 0 ? `Did you mean ${nearest.join(', ')}?` : 'tool.list shows which there are.';
  return new AiosError('not_found', `There is no tool ${JSON.stringify(name)}. ${meant}`, {
    details: { nearest },
  });
}

function prepareCall(
  { description: { name, effect, idempotent } }: Tool,
  { run, probe, compensate }: ToolRun,
  { logger, untrusted }: { logger: Logger; untrusted: string | undefined },
): PreparedCall<'tool.call'> {
  const marked = untrusted !== undefined && { untrusted: [sourceName(untrusted)] };
  return {
    untrusted,
    effect,
    idempotent,
    ...(probe && {
      probe: async (idempotencyKey, context) => {
        const answer = await probe({ ...context, idempotencyKey });
        if (answer.outcome !== 'committed') return answer;
        return { outcome: 'committed', output: { result: checkResult(name, answer.result), ...marked } };
      },
    }),
    ...(compensate && { compensate: (output, context) => compensate(output?.result, context) }),
    execute: async (context) => {
      let result: JsonValue;
      try {
        result = checkResult(name, await run(context));
      } catch (thrown) {
        throw named(name, thrown, context.signal, logger);
      }
      return { result, ...marked };
    },
  };
}

/** The error of a tool, saying which tool it was. */
function named(tool: string, thrown: unknown, signal: AbortSignal, logger: Logger): AiosError {
  if (signal.aborted) return toAiosError(signal.reason);
  const error = toAiosError(thrown);
  if (!AiosError.isInstance(thrown)) logger.error({ tool, error: thrown }, 'a tool failed');
  if (error.message.startsWith(`Tool "${tool}"`)) return error;
  return new AiosError(error.code, `Tool "${tool}": ${error.message}`, {
    cause: thrown,
    disposition: error.disposition,
    details: { ...error.details, tool },
  });
}
