/** Words that carry no topic. English; in other languages all words count, and rarity sorts them out. */
const stopWords = new Set(
  `a about above after again against all also am an and any are as at be because been before being below between both but by
  can cannot could did do does doing done down during each either else ever every few for from further get gets give given
  gives go goes had has have having he her here hers him his how i if in into is it its itself just let like me mean means
  might more most much must my neither no nor not of off on once one only or other our ours out over own please quite rather
  said same say says shall she should show so some such tell than that the their them then there these they this those
  through to too under until up upon us use used uses using very was we were what whatever when where whether which while
  who whom whose why will with within without would yes yet you your yours answer question explain describe find according something anything thing exist exists`.split(
    /\s+/,
  ),
);

/** Runs of letters and digits; signs of scripts without spaces count one by one. */
const wordPattern = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{M}\p{N}_]+/gu;

/** The same for plain English text, several times as fast. */
const asciiWordPattern = /[a-z0-9_]+/g;

const maxCachedStems = 20_000;
const stems = new Map<string, string>();

/** The words of a text in lower case, in order. */
export function words(text: string): string[] {
  const lower = text.toLowerCase();
  return lower.match(isAscii(lower) ? asciiWordPattern : wordPattern) ?? [];
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** The words of a text that carry its topic. */
export function topicWords(text: string): string[] {
  return words(text).filter((word) => !stopWords.has(word));
}

/** The stems of the topic words of a text, in order. */
export function topicStems(text: string): string[] {
  return topicWords(text).map(stem);
}

/** A word without its usual English endings: `mounted`, `mounts` and `mount` are one. */
export function stem(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stemmed = strip(word);
  if (stems.size >= maxCachedStems) stems.clear();
  stems.set(word, stemmed);
  return stemmed;
}

function strip(word: string): string {
  if (word.length <= 3 || !/^[a-z]+$/.test(word)) return word;
  let base = word;
  if (base.endsWith('ies') && base.length > 4) base = `${base.slice(0, -3)}y`;
  else if (base.endsWith('s') && !/(?:ss|us|is)$/.test(base)) base = base.slice(0, -1);
  if (base.endsWith('ing') && base.length > 5) base = undouble(base.slice(0, -3));
  else if (base.endsWith('ed') && base.length > 4) base = undouble(base.slice(0, -2));
  else if (base.endsWith('ly') && base.length > 5) base = base.slice(0, -2);
  return base.endsWith('e') && base.length > 3 ? base.slice(0, -1) : base;
}

function undouble(word: string): string {
  return /([bdfgmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
}
