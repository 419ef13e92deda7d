// Reads JSON text by its places, so that a part of it can be read or replaced and the rest stays byte for byte what it was.
// It finds where things are and checks no more than that needs; what it cannot follow it refuses.

/** A member of an object in a text. */
export interface Member {
  readonly name: string;
  /** Where its value begins. */
  readonly start: number;
  /** The place after its value. */
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const space = 0x20;

/** The members of the object that begins at a place, white space before it allowed, in their order; undefined where none does. */
export function membersAt(text: string, from = 0): readonly Member[] | undefined {
  let place = skipSpace(text, from);
  if (text.charCodeAt(place) !== openBrace) return undefined;
  const members: Member[] = [];
  place = skipSpace(text, place + 1);
  if (text.charCodeAt(place) === closeBrace) return members;
  for (;;) {
    const nameEnd = skipString(text, place);
    if (nameEnd === undefined) return undefined;
    const name = nameOf(text, place, nameEnd);
    place = skipSpace(text, nameEnd);
    if (name === undefined || text.charCodeAt(place) !== colon) return undefined;
    const start = skipSpace(text, place + 1);
    const end = skipValue(text, start);
    if (end === undefined) return undefined;
    members.push({ name, start, end });
    place = skipSpace(text, end);
    const next = text.charCodeAt(place);
    if (next === closeBrace) return members;
    if (next !== comma) return undefined;
    place = skipSpace(text, place + 1);
  }
}

/** Where the elements of the array that begins at a place lie; undefined where none does. */
export function elementsAt(
  text: string,
  from: number,
): readonly { readonly start: number; readonly end: number }[] | undefined {
  if (text.charCodeAt(from) !== openBracket) return undefined;
  const elements: { start: number; end: number }[] = [];
  let place = skipSpace(text, from + 1);
  if (text.charCodeAt(place) === closeBracket) return elements;
  for (;;) {
    const end = skipValue(text, place);
    if (end === undefined) return undefined;
    elements.push({ start: place, end });
    place = skipSpace(text, end);
    const next = text.charCodeAt(place);
    if (next === closeBracket) return elements;
    if (next !== comma) return undefined;
    place = skipSpace(text, place + 1);
  }
}

/** The members of a text that is one object and nothing else; undefined where it is not. */
export function membersOf(text: string): readonly Member[] | undefined {
  const members = membersAt(text);
  if (members === undefined) return undefined;
  const from = members.at(-1)?.end ?? text.indexOf('{') + 1;
  const close = skipSpace(text, from);
  return skipSpace(text, close + 1) === text.length ? members : undefined;
}

/** Longer ones are not kept; to read them twice is little beside what else they cost. */
const maxKeptLength = 1_000_000;
let lastRead: { readonly text: string; readonly members: readonly Member[] | undefined } | undefined;

/** As `membersOf`, for a request: a face reads it, and in the same turn the kernel does again, which then costs nothing. */
export function membersOfRequest(text: string): readonly Member[] | undefined {
  if (lastRead?.text === text) return lastRead.members;
  const members = membersOf(text);
  lastRead = text.length > maxKeptLength ? undefined : { text, members };
  return members;
}

/** The member of this name; the last one where there are several, as JSON.parse has it. */
export function memberNamed(members: readonly Member[], name: string): Member | undefined {
  for (let index = members.length - 1; index >= 0; index -= 1) {
    const member = members[index];
    if (member?.name === name) return member;
  }
  return undefined;
}

/** The value of a member, parsed; undefined where the member is absent or its value is not JSON. */
export function parsedMember(text: string, member: Member | undefined): unknown {
  if (member === undefined) return undefined;
  try {
    return JSON.parse(text.slice(member.start, member.end));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** The text with other words in the places given, which come in order and do not overlap. */
export function replaced(
  text: string,
  replacements: readonly { readonly start: number; readonly end: number; readonly text: string }[],
): string {
  let result = '';
  let from = 0;
  for (const { start, end, text: words } of replacements) {
    result += text.slice(from, start) + words;
    from = end;
  }
  return result + text.slice(from);
}

function skipSpace(text: string, from: number): number {
  let place = from;
  for (;;) {
    const code = text.charCodeAt(place);
    if (code !== space && code !== 0x0a && code !== 0x0d && code !== 0x09) return place;
    place += 1;
  }
}

/** The place after the string that begins at a place. A search for the quote is faster by far than looking at each letter. */
function skipString(text: string, from: number): number | undefined {
  if (text.charCodeAt(from) !== quote) return undefined;
  let end = from;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return undefined;
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
  }
}

function skipValue(text: string, from: number): number | undefined {
  const code = text.charCodeAt(from);
  if (code === quote) return skipString(text, from);
  if (code === openBrace || code === openBracket) return skipNested(text, from);
  let place = from;
  for (; place < text.length; place += 1) {
    const next = text.charCodeAt(place);
    if (next === comma || next === closeBrace || next === closeBracket || next <= space) break;
  }
  return place > from && place < text.length ? place : undefined;
}

function skipNested(text: string, from: number): number | undefined {
  let depth = 0;
  for (let place = from; place < text.length; ) {
    const code = text.charCodeAt(place);
    if (code === quote) {
      const end = skipString(text, place);
      if (end === undefined) return undefined;
      place = end;
      continue;
    }
    if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
      if (depth === 0) return place + 1;
    }
    place += 1;
  }
  return undefined;
}

/** A name may be written with escapes, and is then the same name. */
function nameOf(text: string, from: number, end: number): string | undefined {
  const raw = text.slice(from + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  const name = parsedMember(text, { name: raw, start: from, end });
  return typeof name === 'string' ? name : undefined;
}
