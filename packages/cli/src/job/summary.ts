import type { ProcessDescription } from '@aios/protocol';
import type { Screen } from '../terminal/screen.ts';
import { formatCount, formatDuration } from '../terminal/text.ts';

/** A line on how a process ended, and why where it did not succeed. */
export function showSummary(ended: ProcessDescription, screen: Screen): void {
  const { pid, agent, state, used, error } = ended;
  const ran = Date.parse(ended.endedAt ?? ended.createdAt) - Date.parse(ended.startedAt ?? ended.createdAt);
  const styled = screen.paint(state === 'succeeded' ? 'good' : 'bad', state);
  const figures = `${formatDuration(ran)}, ${formatCount(used.calls)} calls, ${formatCount(used.tokens)} tokens`;
  screen.line(`Process ${pid} (${agent}) ${styled} after ${figures}.`);
  if (error) screen.text(error.detail);
}
