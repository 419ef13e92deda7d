import { type CrashDemo, runCrashDemo } from '../chaos/crash-demo.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { createOutput } from '../terminal/output.ts';
import type { Screen } from '../terminal/screen.ts';

const subjectWidth = 11;

/** Kills a kernel in the middle of a payment, and shows that the bill is paid once. */
export async function crashDemo(options: CommonOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const demo = await runCrashDemo((subject, text) => tell(output.screen, subject, text));
  const isGood = demo.ended.state === 'succeeded' && demo.paid.length === 1;
  output.result({ process: demo.ended, effects: demo.effects, paid: demo.paid }, (screen) => {
    show(screen, demo);
    screen.line('');
    screen.line(
      isGood
        ? screen.paint('good', 'Paid once, though the kernel died before it heard the answer.')
        : screen.paint(
            'bad',
            `Something went wrong: ${demo.paid.length} payments, agent ${demo.ended.state}.`,
          ),
    );
  });
  return isGood ? exitCodes.ok : exitCodes.failed;
}

function show(screen: Screen, { ended, effects, paid, log }: CrashDemo): void {
  for (const { id, target, state, resolution } of effects) {
    tell(
      screen,
      'Ledger',
      `effect ${id}, ${target}: unknown, then ${state} (${resolution?.reason}: ${resolution?.outcome})`,
    );
  }
  for (const line of log) tell(screen, 'Agent', line);
  tell(screen, 'Agent', `${ended.state}: ${JSON.stringify(ended.output)}`);
  tell(screen, 'Bank', `the books: ${paid.map(({ id, key }) => `${id} (key ${key})`).join(', ')}`);
}

function tell(screen: Screen, subject: string, text: string): void {
  screen.line(`${screen.paint('heading', subject.padEnd(subjectWidth))}${text}`);
}
