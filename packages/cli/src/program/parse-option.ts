import type { RestartPolicy } from '@aios/protocol';
import { InvalidArgumentError, Option } from 'commander';

const restartPolicies = Object.keys({
  never: true,
  'on-failure': true,
  always: true,
} satisfies Record<RestartPolicy, true>);

export function restartOption(): Option {
  return new Option('--restart <policy>', 'start it again after its end').choices(restartPolicies);
}

export function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

export function collectAlias(value: string, earlier: string[] = []): string[] {
  if (/^.+=.+$/.test(value)) return [...earlier, value];
  throw new InvalidArgumentError('It must be NAME=MODEL, such as gpt-4*=qwen3.');
}

export function parseAmount(text: string): number {
  const amount = Number(text);
  if (text.trim() !== '' && Number.isFinite(amount) && amount > 0) return amount;
  throw new InvalidArgumentError('It must be an amount above 0.');
}

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 up.');
}

export function parseWhole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 up.');
}

/** Where a process is to go back to. */
export function parsePoint(text: string): string {
  if (/^(\d{1,15}|checkpoint:[1-9]\d{0,14})$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the number of a call, or checkpoint:ID.');
}

export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a port: 0 (any free one) to 65535.');
}
