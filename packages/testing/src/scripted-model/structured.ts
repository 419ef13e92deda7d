import type { JsonObject } from '@aios/protocol';
import type { Script } from './script.ts';
import type { ScriptedTurn } from './turn.ts';

/**
 * Answers with a JSON value in the way the request asks for it: as a call where it forces the one tool that
 * takes the value, as a text otherwise.
 */
export function structured(value: JsonObject, turn: ScriptedTurn = {}): Script {
  return ({ toolChoice, tools }) => {
    const only = toolChoice === 'required' && tools.length === 1 ? tools[0] : undefined;
    const name = typeof toolChoice === 'object' ? toolChoice.name : only;
    if (name !== undefined) return { ...turn, toolCalls: [{ name, arguments: value }] };
    return { ...turn, text: JSON.stringify(value) };
  };
}
