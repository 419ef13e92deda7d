/** Google takes its own names in camel case and in snake case; this makes one of them. */
export function camelKey(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
