import type { Pid, ProcessDescription } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { livingStates } from '../living-states.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { printable } from '../terminal/text.ts';

export interface TreeOptions extends CommonOptions {
  all?: boolean;
}

const limit = 10_000;

export async function tree(options: TreeOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { processes } = await client.process.list({
    limit,
    ...(!options.all && { states: [...livingStates] }),
  });
  output.result(processes, (screen) => {
    if (processes.length === 0) output.aside.line('No process runs. `aios tree --all` shows the ended ones.');
    showTree(processes, screen);
  });
  return exitCodes.ok;
}

/** Each process below its living parent, the older ones first. */
function showTree(processes: readonly ProcessDescription[], screen: Screen): void {
  const known = new Set<number>(processes.map(({ pid }) => pid));
  const above = ({ adoptedBy, parent }: ProcessDescription) =>
    [adoptedBy, parent].find((pid) => pid !== undefined && known.has(pid));
  const children = Map.groupBy(
    processes.toSorted((left, right) => left.pid - right.pid),
    above,
  );
  const show = (parent: Pid | undefined, indent: string): void => {
    const group = children.get(parent) ?? [];
    for (const [index, process] of group.entries()) {
      const isLast = index === group.length - 1;
      const branch = parent === undefined ? '' : isLast ? '└─ ' : '├─ ';
      screen.line(`${indent}${branch}${describe(process)}`);
      show(process.pid, parent === undefined ? '' : `${indent}${isLast ? '   ' : '│  '}`);
    }
  };
  show(undefined, '');
}

function describe({ pid, agent, state, exit, durable, adoptedBy }: ProcessDescription): string {
  const remarks = [durable && 'durable', adoptedBy !== undefined && 'adopted'].filter(Boolean);
  const remark = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
  return `${pid} ${printable(agent)} ${exit ?? state}${remark}`;
}
