import type { JsonObject } from '@aios/protocol';
import type { ScriptedTurn } from './turn.ts';

export interface ScriptedImage {
  /** Base64; absent where the image was given by its address. */
  data?: string;
  mediaType?: string;
  url?: string;
}

export interface ScriptedMessage {
  role: string;
  text: string;
  images?: readonly ScriptedImage[];
}

/** A request as a script sees it, whatever wire format it came in. */
export interface ScriptedRequest {
  model: string;
  messages: readonly ScriptedMessage[];
  /** Names of the offered tools, as they were on the wire. */
  tools: readonly string[];
  /** Which tools the model may or must call; the vendor’s default when absent. */
  toolChoice?: 'auto' | 'none' | 'required' | { name: string };
  /** The JSON schema that the reply is to have, where the vendor’s own way of asking for it was used. */
  schema?: JsonObject;
  stream: boolean;
  /** The beginning of the reply, which the client sent to be gone on with, in the vendor’s own way. */
  begun?: string;
}

/** Decides what the model answers. `undefined` means that it has nothing to say to this. */
export type Script = (request: ScriptedRequest) => ScriptedTurn | undefined;

/** Says the same to everything. */
export function always(turn: ScriptedTurn): Script {
  return () => turn;
}

/** Gives the turns one after the other; undefined when they are used up. */
export function sequence(...turns: readonly ScriptedTurn[]): Script {
  let next = 0;
  return () => {
    const turn = turns[next];
    next += 1;
    return turn;
  };
}

/** The first script whose pattern matches the last message. */
export function rules(...pairs: readonly (readonly [RegExp, Script | ScriptedTurn])[]): Script {
  return (request) => {
    const last = request.messages.at(-1)?.text ?? '';
    for (const [pattern, answer] of pairs) {
      if (pattern.test(last)) return typeof answer === 'function' ? answer(request) : answer;
    }
    return undefined;
  };
}

/** Asks the scripts in order and takes the first answer. */
export function firstOf(...scripts: readonly Script[]): Script {
  return (request) => {
    for (const script of scripts) {
      const turn = script(request);
      if (turn !== undefined) return turn;
    }
    return undefined;
  };
}
