// A model that says what a test wants: rules, sequences, delays, faults. The wire-format servers speak for it.

export { cutInto, textPieces, wholeText } from './pieces.ts';
export {
  always,
  firstOf,
  rules,
  type Script,
  type ScriptedMessage,
  type ScriptedRequest,
  sequence,
} from './script.ts';
export type { Fault, ScriptedToolCall, ScriptedTurn } from './turn.ts';
