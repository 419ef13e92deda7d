import { createHash } from 'node:crypto';

const absolute = /https?:\/\/[^\s"'<>`\\{}|^]+/gi;
const reference = /\b(?:href|src)\s*=\s*\\?["']([^"'\\\s]+)/gi;
const trailing = /[).,;:!?\]]+$/;
const maxLinks = 500;

/** The addresses that stand in a text, relative ones of HTML resolved, each as a hash: they are compared, never shown. */
export function linksIn(text: string, base: string | undefined): Set<string> {
  const links = new Set<string>();
  for (const [found] of text.matchAll(absolute)) {
    if (links.size >= maxLinks) return links;
    addLink(links, found, undefined);
    addLink(links, found.replace(trailing, ''), undefined);
  }
  if (base === undefined) return links;
  for (const [, found = ''] of text.matchAll(reference)) {
    if (links.size >= maxLinks) return links;
    addLink(links, found, base);
  }
  return links;
}

/** The hash of an address; undefined where it is none. What comes after # is not sent, so it does not count. */
export function linkOf(address: string, base?: string): string | undefined {
  const url = URL.parse(address, base);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  url.hash = '';
  return createHash('sha256').update(url.href).digest('base64url').slice(0, 22);
}

function addLink(links: Set<string>, address: string, base: string | undefined): void {
  const link = linkOf(address, base);
  if (link !== undefined) links.add(link);
}
