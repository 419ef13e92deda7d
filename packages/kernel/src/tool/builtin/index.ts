// The tools that ship with the kernel.

import type { Config } from '../../config/index.ts';
import type { Tool } from '../tool.ts';
import { calculator } from './calculator.ts';
import type { Lookup } from './http/guarded-lookup.ts';
import { httpGet } from './http/http-get.ts';
import { timeNow } from './time-now.ts';

export interface BuiltinToolOptions {
  readonly config: () => Config;
  readonly clock?: () => number;
  readonly lookup?: Lookup;
}

export function builtinTools({ config, clock = Date.now, lookup }: BuiltinToolOptions): Tool[] {
  return [calculator(), timeNow(clock), httpGet({ config, ...(lookup && { lookup }) })];
}
