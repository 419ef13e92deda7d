import { type CheckpointId, checkpointId, pid as pidSchema, type ReplayedCall } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';
import { padEnd } from '../terminal/text.ts';

export interface ForkOptions extends CommonOptions {
  at?: number;
}

export interface RevertOptions extends CommonOptions {
  /** Number of a call, or `checkpoint:ID`. */
  to: string;
}

const numberWidth = 6;

/** Exit code 1 where the code does something else than the journal says. */
export async function replay(number: number, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const calls: ReplayedCall[] = [];
  const onChunk = (call: ReplayedCall) => {
    calls.push(call);
    if (!options.json) output.part(call, (screen) => showCall(call, screen));
  };
  const result = await client.process.replay({ pid }, { onChunk });
  output.result({ ...result, steps: calls }, (screen) => {
    screen.line();
    if (result.outcome === 'same') {
      const next = result.next === undefined ? '' : ` It goes on with call ${result.next.call}.`;
      screen.line(`The same: ${result.calls} calls, answered from the journal.${next}`);
    } else {
      screen.text(`${screen.paint('bad', 'Differs')}: ${result.difference ?? ''}`);
    }
  });
  return result.outcome === 'same' ? exitCodes.ok : exitCodes.failed;
}

export async function fork(number: number, options: ForkOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const forked = await client.process.fork({ pid, ...(options.at !== undefined && { at: options.at }) });
  output.result(forked, (screen) =>
    screen.line(`Process ${forked.pid} goes on after call ${forked.call} of process ${pid}.`),
  );
  return exitCodes.ok;
}

export async function revert(number: number, options: RevertOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const pid = pidSchema.parse(number);
  await using client = await openClient(options);
  const reverted = await client.process.revert({ pid, ...pointOf(options.to) });
  output.result(reverted, (screen) => {
    const { call, takenBack, killed } = reverted;
    screen.line(`Process ${pid} goes on after its call ${call}; ${takenBack} later calls count no longer.`);
    if (killed.length > 0) screen.line(`Killed, for it had started them since: ${killed.join(', ')}.`);
  });
  return exitCodes.ok;
}

function pointOf(text: string): { call: number } | { checkpoint: CheckpointId } {
  const [, id] = /^checkpoint:(\d+)$/.exec(text) ?? [];
  return id === undefined ? { call: Number(text) } : { checkpoint: checkpointId.parse(Number(id)) };
}

function showCall({ call, name, target, outcome }: ReplayedCall, screen: Screen): void {
  const number = screen.paint('faint', padEnd(`${call}`, numberWidth));
  screen.text(`${number}${target === undefined ? name : `${name} ${target}`}  ${outcome}`);
}
