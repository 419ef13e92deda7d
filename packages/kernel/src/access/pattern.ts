// Patterns of permissions: `*` is any run of characters but `/`, `**` any run, `/docs/**` covers `/docs` too.

export type Matcher = (target: string) => boolean;

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'segment' }
  | { readonly kind: 'any' };

function tokenise(pattern: string): Token[] {
  return pattern
    .split(/(\*+)/)
    .filter((part) => part !== '')
    .map((part) => {
      if (!part.startsWith('*')) return { kind: 'text', text: part };
      return { kind: part.length > 1 ? 'any' : 'segment' };
    });
}

/** Follows all ways through the pattern at once, so that no pattern can make a match slow (O(target × tokens)). */
function matchTokens(tokens: readonly Token[], target: string): boolean {
  let reached = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const start of reached) {
      if (token.kind === 'text') {
        if (target.startsWith(token.text, start)) next.add(start + token.text.length);
        continue;
      }
      for (let end = start; end <= target.length && !next.has(end); end += 1) {
        next.add(end);
        if (token.kind === 'segment' && target[end] === '/') break;
      }
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(target.length);
}

/** Compiles a pattern; the usual forms (no star, a folder and all below it) cost one string comparison. */
export function compilePattern(pattern: string): Matcher {
  if (!pattern.includes('*')) return (target) => target === pattern;
  if (pattern === '**') return () => true;
  const folder = pattern.endsWith('/**') ? pattern.slice(0, -3) : undefined;
  if (folder !== undefined && !folder.includes('*')) {
    const below = `${folder}/`;
    return (target) => target === folder || target.startsWith(below);
  }
  const tokens = tokenise(pattern);
  if (folder === undefined) return (target) => matchTokens(tokens, target);
  const folderTokens = tokenise(folder);
  return (target) => matchTokens(tokens, target) || matchTokens(folderTokens, target);
}
