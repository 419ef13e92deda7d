// Calls made up from the schemas of the system-call table: mostly right in form, about things that exist, that belong to
// somebody else, or that nobody has. The same seed gives the same calls.

import { type SyscallName, syscallNames, syscalls } from '@aios/protocol';
import { z } from 'zod';

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly $ref?: string;
}

export interface RandomCall {
  readonly name: SyscallName;
  readonly input: unknown;
}

export interface RandomCallOptions {
  readonly seed: number;
  /** Calls that are left out, because they end the test or leave it. */
  readonly without: readonly SyscallName[];
  /** Texts that are put where a text is asked for, by the name of the field; those of `any` anywhere. */
  readonly texts: Readonly<Record<string, readonly string[]>> & { readonly any: readonly string[] };
  /** Numbers that are put where one is asked for, such as process ids. */
  readonly numbers: readonly number[];
}

const maxDepth = 4;
const strange = [
  '',
  ' ',
  '\0',
  '../..',
  '/',
  '/../etc/passwd',
  '*',
  '%00',
  "';--",
  '🦓',
  'a'.repeat(300),
  '__proto__',
];

/** An endless row of calls. */
export function* randomCalls(options: RandomCallOptions): Generator<RandomCall> {
  const random = new Random(options.seed);
  const names = syscallNames.filter((name) => !options.without.includes(name));
  const schemas = new Map<SyscallName, Schema>(
    names.map((name) => [
      name,
      z.toJSONSchema(syscalls[name].input, { io: 'input', unrepresentable: 'any' }) as Schema,
    ]),
  );
  while (true) {
    const name = random.of(names);
    const schema = schemas.get(name);
    if (schema !== undefined) yield { name, input: new Maker(random, options).value(schema, '', 0) };
  }
}

/** Mulberry32: small, quick, and the same everywhere. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('There is nothing to choose from.');
    return item;
  }
}

class Maker {
  readonly #random: Random;
  readonly #options: RandomCallOptions;

  constructor(random: Random, options: RandomCallOptions) {
    this.#random = random;
    this.#options = options;
  }

  value(schema: Schema, field: string, depth: number): unknown {
    if (this.#random.chance(0.02)) return this.#random.of([null, 0, '', [], {}, true, 'x']);
    if ('const' in schema) return schema.const;
    if (schema.enum !== undefined) return this.#random.of(schema.enum);
    const variants = schema.anyOf ?? schema.oneOf;
    if (variants !== undefined) return this.value(this.#random.of(variants), field, depth);
    const type = Array.isArray(schema.type) ? this.#random.of(schema.type as readonly string[]) : schema.type;
    switch (type) {
      case 'string':
        return this.#text(schema, field);
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.#random.chance(0.5);
      case 'array':
        return this.#list(schema, field, depth);
      case 'object':
        return this.#object(schema, depth);
      case 'null':
        return null;
      default:
        return this.#random.of([this.#text(schema, field), this.#number(schema), null, {}]);
    }
  }

  #text({ format }: Schema, field: string): string {
    const { texts } = this.#options;
    if (format === 'date-time') return this.#random.of(['2030-01-01T00:00:00Z', 'yesterday']);
    const named = texts[field];
    if (named !== undefined && this.#random.chance(0.8)) return this.#random.of(named);
    return this.#random.of(this.#random.chance(0.8) ? texts.any : strange);
  }

  #number({ minimum = -5, exclusiveMinimum, maximum = 1e6 }: Schema): number {
    if (this.#random.chance(0.6)) return this.#random.of(this.#options.numbers);
    const lowest = Math.max(exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1, -1e6);
    if (this.#random.chance(0.05)) return this.#random.of([lowest - 1, maximum + 1, 0.5, -1]);
    return lowest + this.#random.below(Math.min(maximum - lowest, 100) + 1);
  }

  #list({ items = {} }: Schema, field: string, depth: number): unknown[] {
    const length = depth >= maxDepth ? 0 : this.#random.below(4);
    return Array.from({ length }, () => this.value(items, field, depth + 1));
  }

  #object({ properties = {}, required = [], additionalProperties }: Schema, depth: number): unknown {
    const made: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties)) {
      const isLeftOut = required.includes(name) ? this.#random.chance(0.01) : this.#random.chance(0.6);
      if (!isLeftOut && (depth < maxDepth || required.includes(name))) {
        made[name] = this.value(schema, name, depth + 1);
      }
    }
    if (typeof additionalProperties === 'object' && depth < maxDepth && this.#random.chance(0.5)) {
      made[this.#random.of(this.#options.texts.any)] = this.value(additionalProperties, '', depth + 1);
    }
    return made;
  }
}
