import {
  AiosError,
  type Effect,
  type SyscallName,
  type SyscallRequest,
  syscalls,
  type ToolDescription,
} from '@aios/protocol';
import { defineTool, type Tool } from './tool.ts';

/** System calls that agents’ models may use as tools. */
const offered = [
  'storage.list',
  'storage.read',
  'storage.write',
  'storage.search',
  'memory.add',
  'memory.search',
  'context.page',
] as const satisfies readonly SyscallName[];

/** The offered calls as tools, derived from the table. Each is made as a call of its own, so its own permission applies too. */
export function syscallTools(): Tool[] {
  return offered.map((name) => {
    const { summary, input, effect } = syscalls[name];
    return defineTool({
      name,
      description: summary,
      input,
      effect: toolEffect(name, effect),
      idempotent: effect === 'read',
      // The arguments went through the schema of this very call, which the compiler cannot follow through the list.
      run: (given, { invoke }) => invoke(name, given as SyscallRequest<typeof name>),
    });
  });
}

function toolEffect(name: string, effect: Effect): ToolDescription['effect'] {
  if (effect !== 'model') return effect;
  throw new AiosError('internal', `${name} asks a model and cannot be offered as a tool.`);
}
