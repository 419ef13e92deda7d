import { type EffectDescription, type EffectOutcome, effectState, pid as pidSchema } from '@aios/protocol';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openClient } from '../open-client.ts';
import { parseJsonArgument } from '../parse-json.ts';
import { createOutput } from '../terminal/output.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { formatAge } from '../terminal/text.ts';

export interface EffectsListOptions extends CommonOptions {
  state?: string[];
  pid?: number;
}

export interface EffectsResolveOptions extends CommonOptions {
  result?: string;
  reason?: string;
}

export async function effectsList(options: EffectsListOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const { effects } = await client.effect.list({
    ...(options.state && { states: options.state.map((text) => effectState.parse(text)) }),
    ...(options.pid !== undefined && { pid: pidSchema.parse(options.pid) }),
  });
  output.result(effects, (screen) => {
    if (effects.length === 0) {
      output.aside.line('No durable process has done anything to the outside world.');
      return;
    }
    const [titles = '', ...rows] = renderTable(columns, effects, screen.width);
    screen.line(screen.paint('heading', titles));
    for (const row of rows) screen.line(row);
    const unknown = effects.filter(({ state }) => state === 'unknown').length;
    if (unknown > 0) {
      output.aside.line(
        `${unknown} unknown: find out, then "aios effects resolve ID committed|repeat|failed".`,
      );
    }
  });
  return exitCodes.ok;
}

export async function effectsResolve(
  id: string,
  outcome: EffectOutcome,
  options: EffectsResolveOptions,
): Promise<ExitCode> {
  const output = createOutput(options);
  const result = options.result === undefined ? undefined : parseJsonArgument(options.result, '--result');
  await using client = await openClient(options);
  const effect = await client.effect.resolve({
    id,
    outcome,
    ...(result !== undefined && { result }),
    ...(options.reason !== undefined && { reason: options.reason }),
  });
  output.result(effect, (screen) => screen.line(`${nameOf(effect)} is ${effect.state}: ${outcome}.`));
  return exitCodes.ok;
}

export async function effectsUndo(id: string, options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  await using client = await openClient(options);
  const effect = await client.effect.compensate({ id });
  output.result(effect, (screen) => screen.line(`${nameOf(effect)} is ${effect.state}.`));
  return exitCodes.ok;
}

const columns: Column<EffectDescription>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'PID', value: ({ pid }) => String(pid), align: 'right' },
  { title: 'AGENT', value: ({ agent }) => agent },
  { title: 'WHAT', value: nameOf, flexible: true },
  { title: 'AGE', value: ({ plannedAt }) => formatAge(Date.now() - Date.parse(plannedAt)), align: 'right' },
  {
    title: 'STATE',
    value: ({ state, resolution }) => (resolution ? `${state}: ${resolution.outcome}` : state),
  },
];

function nameOf({ call, target }: EffectDescription): string {
  return target === undefined ? call : `${call} ${target}`;
}
