import { jsonObject, type ToolCall, type ToolSpecification } from '@aios/protocol';
import { z } from 'zod';
import { readJson } from '../json/read-json.ts';
import { createSchemaCheck } from '../schema.ts';
import { callEnd, callStart } from './prompt.ts';

export interface ReadCalls {
  /** What the model says beside its calls. */
  text: string;
  calls: Pick<ToolCall, 'name' | 'arguments'>[];
  /** What is wrong with the calls, in words for the model. */
  problems: string[];
}

const writtenCall = z.object({ name: z.string(), arguments: jsonObject.default({}) });

/** The calls in a model’s text, checked against the offered tools. A text that is one bare call counts as one, too. */
export function readCalls(text: string, tools: readonly ToolSpecification[]): ReadCalls {
  const start = text.indexOf(callStart);
  if (start < 0) {
    const bare = bareCall(text, tools);
    return bare === undefined ? { text, calls: [], problems: [] } : { text: '', ...check([bare], tools) };
  }
  const blocks = text
    .slice(start)
    .split(callStart)
    .slice(1)
    .map((block) => block.split(callEnd)[0] ?? '');
  return { text: text.slice(0, start).trimEnd(), ...check(blocks.map(readJson), tools) };
}

function bareCall(text: string, tools: readonly ToolSpecification[]): unknown {
  if (!/^\s*(```(json)?\s*)?\{/.test(text)) return undefined;
  const call = writtenCall.safeParse(readJson(text)).data;
  return call !== undefined && tools.some(({ name }) => name === call.name) ? call : undefined;
}

function check(
  written: readonly unknown[],
  tools: readonly ToolSpecification[],
): Pick<ReadCalls, 'calls' | 'problems'> {
  const calls: ReadCalls['calls'] = [];
  const problems: string[] = [];
  for (const [index, one] of written.entries()) {
    const { data: call } = writtenCall.safeParse(one);
    const tool = tools.find(({ name }) => name === call?.name);
    if (call === undefined) {
      problems.push(`Tool call ${index + 1} is not JSON with "name" and "arguments".`);
    } else if (tool === undefined) {
      const names = tools.map(({ name }) => name).join(', ');
      problems.push(`There is no tool "${call.name}". The tools are: ${names}.`);
    } else {
      const wrong = createSchemaCheck(tool.inputSchema)(call.arguments);
      problems.push(...wrong.map((problem) => `Arguments of ${call.name}: ${problem}`));
      calls.push(call);
    }
  }
  return { calls, problems };
}
