// The tools that ship with the kernel.

import type { Config } from '../../config/index.ts';
import type { Lookup } from '../../network/index.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import type { Tool } from '../tool.ts';
import { calculator } from './calculator.ts';
import { codeEvaluate, codeRun, codeRunOnline } from './code/index.ts';
import { httpGet } from './http/http-get.ts';
import { timeNow } from './time-now.ts';

export interface BuiltinToolOptions {
  readonly config: () => Config;
  readonly sandbox: Sandbox;
  readonly clock?: () => number;
  readonly lookup?: Lookup;
}

export function builtinTools({ config, sandbox, clock = Date.now, lookup }: BuiltinToolOptions): Tool[] {
  const network = { config, ...(lookup && { lookup }) };
  return [
    calculator(),
    timeNow(clock),
    httpGet(network),
    codeEvaluate(),
    codeRun({ config, sandbox }),
    codeRunOnline({ ...network, sandbox }),
  ];
}
