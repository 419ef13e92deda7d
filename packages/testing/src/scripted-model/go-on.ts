import { textPieces, wholeText } from './pieces.ts';
import type { ScriptedTurn } from './turn.ts';

/**
 * The rest of a turn whose beginning the client sent to be gone on with, in the pieces that are left. A text that does not
 * begin so is said as it is: the script did not expect to be told what it says.
 */
export function goOn(turn: ScriptedTurn, begun: string | undefined): ScriptedTurn {
  if (begun === undefined || !wholeText(turn.text).startsWith(begun)) return turn;
  const rest: string[] = [];
  let skip = begun.length;
  for (const piece of textPieces(turn.text)) {
    if (skip < piece.length) rest.push(piece.slice(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return { ...turn, text: rest };
}
