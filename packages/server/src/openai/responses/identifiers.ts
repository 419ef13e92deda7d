import { randomUUID } from 'node:crypto';

// The id of an item tells which response it belongs to, so that a reference to an item alone is enough to find it.

const responsePrefix = 'resp_';
const itemForm = /^[a-z]+_([0-9a-f]{32})_[io]\d+$/;

const itemPrefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
};

export function createResponseId(): string {
  return `${responsePrefix}${randomUUID().replaceAll('-', '')}`;
}

/** The id of the item with this place in a response’s input or output. */
export function itemId(responseId: string, side: 'input' | 'output', type: string, index: number): string {
  const prefix = itemPrefixes[type] ?? 'item';
  return `${prefix}_${responseId.slice(responsePrefix.length)}_${side === 'input' ? 'i' : 'o'}${index}`;
}

/** The response that an item belongs to; undefined for an id that is not of this kernel’s making. */
export function responseOfItem(id: string): string | undefined {
  const own = itemForm.exec(id)?.[1];
  return own === undefined ? undefined : `${responsePrefix}${own}`;
}
