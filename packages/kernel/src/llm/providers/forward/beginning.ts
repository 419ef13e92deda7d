import { elementsAt, memberNamed, membersAt, parsedMember } from './json-text.ts';

/** Where the dialects keep the messages of a conversation. */
const listNames = ['messages', 'input', 'contents'];
/** Where they keep what comes before. */
const instructionNames = ['system', 'instructions', 'systemInstruction', 'system_instruction'];

/** The part of a request that stays the same while its conversation grows: all up to the first message of the user. */
export function beginningOf(body: string): string {
  const members = membersAt(body) ?? [];
  const instructions = members
    .filter(({ name }) => instructionNames.includes(name))
    .map(({ start, end }) => body.slice(start, end));
  const list = listNames.map((name) => memberNamed(members, name)).find((member) => member !== undefined);
  if (list === undefined) return instructions.join();
  const elements = elementsAt(body, list.start);
  if (elements === undefined) return instructions.join() + body.slice(list.start, list.end);
  const first = elements.find(({ start }) => roleAt(body, start) === 'user') ?? elements[0];
  return instructions.join() + body.slice(list.start, first?.end ?? list.end);
}

function roleAt(body: string, start: number): unknown {
  return parsedMember(body, memberNamed(membersAt(body, start) ?? [], 'role'));
}
