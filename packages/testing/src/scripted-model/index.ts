// A model that says what a test wants: rules, sequences, delays, faults. The wire-format servers speak for it.

export { argumentsObject, argumentsText, countWords, finishReason, usageOf } from './facts.ts';
export { goOn } from './go-on.ts';
export { type GreedyModelOptions, greedyModel } from './greedy-model.ts';
export { cutInto, textPieces, wholeText } from './pieces.ts';
export {
  always,
  firstOf,
  rules,
  type Script,
  type ScriptedImage,
  type ScriptedMessage,
  type ScriptedRequest,
  sequence,
} from './script.ts';
export { structured } from './structured.ts';
export type {
  Fault,
  ScriptedLimits,
  ScriptedToolCall,
  ScriptedTurn,
  ScriptedUsage,
  StatusFault,
} from './turn.ts';
