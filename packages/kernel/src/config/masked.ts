import type { JsonValue } from '@aios/protocol';
import { z } from 'zod';
import type { Config } from './schema.ts';

const mask = '********';
const secretName = /(^|_)(key|token|secret|password)s?$/i;

/** A copy for showing: keys of providers, tokens and passwords in URLs are masked. Everything that shows config uses it. */
export function maskConfig(config: Config): JsonValue {
  return maskValue(z.json().parse(JSON.parse(JSON.stringify(config))), '', false);
}

function maskValue(value: JsonValue, name: string, isSecret: boolean): JsonValue {
  if (Array.isArray(value)) return value.map((item) => maskValue(item, name, isSecret));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        return [key, maskValue(item, key, isSecret || secretName.test(key))];
      }),
    );
  }
  if (typeof value !== 'string' || value === '') return value;
  if (isSecret && name !== 'cache_dir') return mask;
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/i, `$1${mask}@`);
}
