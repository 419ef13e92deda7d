import { type CallRecord, type Program, type ProgramCall, unixNow } from './program.ts';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** How a program asks a model; rejects where it gives up. */
export type Ask = (messages: readonly Message[]) => Promise<string>;

/**
 * Runs a program as an agent does. A stage of one call continues the conversation: its prompt is all that was said before and
 * what is new. The calls of a wider stage look at the task from different sides: each has the task and what is its own.
 */
export async function replay(
  program: Program,
  ask: Ask,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<CallRecord[]> {
  const { id, stages, sharedInput, pauses } = program;
  const records: CallRecord[] = [];
  const task: Message = { role: 'system', content: words(sharedInput.kind, sharedInput.tokens) };
  const conversation: Message[] = [task];

  const call = async (messages: readonly Message[], label: string): Promise<string> => {
    const sentAt = unixNow();
    const answer = await ask(messages);
    records.push([label, sentAt, unixNow()]);
    return answer;
  };
  for (const [index, stage] of stages.entries()) {
    const [only] = stage;
    if (stage.length === 1 && only !== undefined) {
      const label = `${id}.${index}`;
      conversation.push(question(label, only));
      conversation.push({ role: 'assistant', content: await call(conversation, label) });
    } else {
      await Promise.all(
        stage.map((each, branch) => {
          const label = `${id}.${index}.${branch}`;
          return call([task, question(label, each)], label);
        }),
      );
    }
    const milliseconds = pauses[index];
    if (milliseconds !== undefined) await pause(milliseconds);
  }
  return records;
}

/** New input; its last word tells the simulated engine how long the answer is, and names the call in its log. */
function question(label: string, { input, output }: ProgramCall): Message {
  return { role: 'user', content: `${words(label, input)} ~${output}/${label}` };
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** So many words of three letters, the same for the same name. */
export function words(name: string, count: number): string {
  let state = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    state = Math.imul(state ^ name.charCodeAt(index), 0x01000193);
  }
  let text = '';
  for (let index = 0; index < count; index += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    const bits = state >>> 8;
    text += ` ${letters.charAt(bits % 26)}${letters.charAt((bits >>> 5) % 26)}${letters.charAt((bits >>> 11) % 26)}`;
  }
  return text.slice(1);
}
