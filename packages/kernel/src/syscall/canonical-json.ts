/** JSON with sorted keys, so that equal values give equal text (in the spirit of RFC 8785). Undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, field: unknown) => {
      if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
      return Object.fromEntries(Object.entries(field).sort(([left], [right]) => (left < right ? -1 : 1)));
    }) ?? ''
  );
}
