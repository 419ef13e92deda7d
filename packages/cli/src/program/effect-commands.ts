import type { EffectOutcome } from '@aios/protocol';
import { Argument } from 'commander';
import type { EffectsListOptions, EffectsResolveOptions } from '../commands/effects.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { collect, parseCount } from './parse-option.ts';

/** Written out, for the protocol’s schemas would load zod. */
const effectOutcomes = Object.keys({
  committed: true,
  repeat: true,
  failed: true,
} satisfies Record<EffectOutcome, true>);

export const addEffectCommands: Register = (program, onExitCode) => {
  const effects = program
    .command('effects')
    .description('Show what durable processes did to the outside world, and settle what is unknown');
  const load = () => import('../commands/effects.ts');
  addCommand(effects, 'list', 'List effects, newest first')
    .option('-s, --state <state>', 'only those in this state, such as unknown; repeatable', collect)
    .option('--pid <number>', 'only those of this process', parseCount)
    .action(async (options: EffectsListOptions) => onExitCode(await (await load()).effectsList(options)));
  addCommand(effects, 'resolve', 'Say what became of an effect whose outcome is unknown')
    .argument('<id>', 'as `aios effects list` shows it')
    .addArgument(
      new Argument(
        '<outcome>',
        'committed: it happened; repeat: it did not, make the call again; failed: it did not, let the call fail',
      ).choices(effectOutcomes),
    )
    .option('--result <json>', 'what the call would have given, where it happened')
    .option('--reason <text>', 'how you know')
    .action(async (id: string, outcome: EffectOutcome, options: EffectsResolveOptions) =>
      onExitCode(await (await load()).effectsResolve(id, outcome, options)),
    );
  addCommand(effects, 'undo', 'Undo an effect by the compensation that its tool offers')
    .argument('<id>', 'as `aios effects list` shows it')
    .action(async (id: string, options: CommonOptions) =>
      onExitCode(await (await load()).effectsUndo(id, options)),
    );
};
