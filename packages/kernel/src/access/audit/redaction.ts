import { createHash } from 'node:crypto';

// What the audit keeps of arguments: no secret, no body, little of anything.

/** A call’s arguments as the audit keeps them. */
export interface AuditedArguments {
  /** SHA-256 of the arguments as canonical JSON, secrets hidden, bodies whole; in hexadecimal. */
  readonly sha256: string;
  /** Bounded JSON without secrets and bodies. */
  readonly text: string;
}

const secretName =
  /pass(word|wd|phrase|code)|secret|token$|^auth$|authorization|cookie|credential|api[-_]?key|private[-_]?key|access[-_]?key|^pin$|^otp$/i;
const secretShapes = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:sk|pk|rk|gsk|hf|xai|fw|ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|npm|aios)[-_][\w.*-]{8,}/g,
  /\bAIza[\w-]{20,}|\bA(?:KI|SI)A[A-Z0-9]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\bBearer\s+[\w.~+/*-]{8,}=*/g,
  /(?<=:\/\/)[^/\s@]+(?=@)/g,
  /(?<=[?&;](?:[\w-]*(?:token|key|secret|password|signature|sig|code|auth)[\w-]*)=)[^&#\s]+/gi,
];
const hidden = '[secret]';

/** Fields that carry what is written, said or sent, whatever its length. */
const bodyName =
  /^(body|content|contents|text|message|messages|prompt|input|output|value|data|result|reason|comment|html|code|script|query)$/i;

const maxCharacters = 120;
const maxTextCharacters = 1000;
const maxItems = 8;
const maxDepth = 4;

/** Hides what looks like a secret in a text, such as a path or an address. */
export function hideSecrets(text: string): string {
  return secretShapes.reduce((shown, shape) => shown.replace(shape, hidden), text);
}

export function auditedArguments(input: unknown): AuditedArguments {
  const canonical = JSON.stringify(input, withoutSecrets) ?? 'null';
  const shown = JSON.stringify(shorten(input, '', 0)) ?? 'null';
  return {
    sha256: createHash('sha256').update(canonical).digest('hex'),
    text: shown.length <= maxTextCharacters ? shown : JSON.stringify(`[${shown.length} characters]`),
  };
}

/** For JSON.stringify: keys in order, and no secrets. */
function withoutSecrets(name: string, value: unknown): unknown {
  if (typeof value === 'string') {
    if (secretName.test(name)) return hidden;
    return bodyName.test(name) ? value : hideSecrets(value);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (secretName.test(name)) return hidden;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function shorten(value: unknown, name: string, depth: number): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  if (secretName.test(name)) return hidden;
  if (typeof value === 'string') return shortText(value, name);
  if (typeof value === 'number') return value;
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (bodyName.test(name)) return `[${JSON.stringify(value).length} characters]`;
  if (depth >= maxDepth) return '[…]';
  if (Array.isArray(value)) {
    const items = value.slice(0, maxItems).map((item) => shorten(item, '', depth + 1));
    return value.length > maxItems ? [...items, `[${value.length - maxItems} more]`] : items;
  }
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  const kept = fields.slice(0, maxItems).map(([field, inner]) => [field, shorten(inner, field, depth + 1)]);
  const more = fields.length > maxItems ? [['…', `[${fields.length - maxItems} more]`]] : [];
  return Object.fromEntries([...kept, ...more]);
}

function shortText(text: string, name: string): string {
  if (bodyName.test(name)) return `[${text.length} characters]`;
  const shown = hideSecrets(text);
  return shown.length <= maxCharacters
    ? shown
    : `${shown.slice(0, maxCharacters)}… [${shown.length} characters]`;
}
