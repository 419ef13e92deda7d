import { mkdir } from 'node:fs/promises';
import type { JsonValue } from '@aios/protocol';
import { resolveHome } from '@aios/sdk';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { createOutput } from '../terminal/output.ts';

export type ConfigOptions = CommonOptions;

export async function configGet(key: string, options: ConfigOptions): Promise<ExitCode> {
  const { file } = await openFile(options);
  const value = await file.get(key);
  if (value === undefined)
    throw new CommandFailure(`${key} is not set and has no default.`, exitCodes.failed);
  createOutput(options).result(value, (screen) => screen.text(textOf(value)));
  return exitCodes.ok;
}

export async function configSet(key: string, text: string, options: ConfigOptions): Promise<ExitCode> {
  const { file, home, parseConfigValue } = await openFile(options);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await file.set(key, parseConfigValue(text));
  const value = await file.get(key);
  createOutput(options).result({ key, value }, (screen) => screen.text(`${key} = ${textOf(value ?? null)}`));
  return exitCodes.ok;
}

export async function configUnset(key: string, options: ConfigOptions): Promise<ExitCode> {
  const { file } = await openFile(options);
  const removed = await file.unset(key);
  createOutput(options).result({ key, removed }, (screen) =>
    screen.text(removed ? `${key} is back to its default.` : `${key} was not set.`),
  );
  return exitCodes.ok;
}

export async function configList(options: ConfigOptions): Promise<ExitCode> {
  const { file } = await openFile(options);
  const all = await file.masked();
  createOutput(options).result(all, (screen) => {
    for (const [key, value] of flatten('', all))
      screen.text(`${screen.paint('heading', key)} = ${textOf(value)}`);
  });
  return exitCodes.ok;
}

export async function configPath(options: ConfigOptions): Promise<ExitCode> {
  const { file } = await openFile(options);
  createOutput(options).result({ path: file.path }, (screen) => screen.line(file.path));
  return exitCodes.ok;
}

export async function configCheck(options: ConfigOptions): Promise<ExitCode> {
  const { file, formatProblem, checkModels } = await openFile(options);
  const bytes = await file.bytes();
  const { config, problems: own, warnings } = bytes ? file.check(bytes) : { problems: [], warnings: [] };
  const problems = bytes && config ? checkModels(file, bytes, config) : own;
  const report = { path: file.path, exists: bytes !== undefined, problems, warnings };
  createOutput(options).result(report, (screen) => {
    for (const problem of problems)
      screen.text(`${screen.paint('bad', 'error')}    ${formatProblem(problem)}`);
    for (const warning of warnings)
      screen.text(`${screen.paint('warning', 'warning')}  ${formatProblem(warning)}`);
    if (problems.length > 0) return;
    screen.line(
      bytes === undefined ? `There is no ${file.path}: the defaults are in force.` : `${file.path} is right.`,
    );
  });
  return problems.length > 0 ? exitCodes.failed : exitCodes.ok;
}

async function openFile(options: ConfigOptions) {
  const { checkModels, ConfigFile, formatProblem, parseConfigValue } = await import('@aios/server/config');
  const home = resolveHome(options.home);
  return { home, file: new ConfigFile(home, process.env), formatProblem, parseConfigValue, checkModels };
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Settings by their whole key; lists and empty sections count as values. */
function flatten(prefix: string, value: JsonValue): [string, JsonValue][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[prefix, value]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[prefix, value]];
  return entries.flatMap(([key, inner]) => flatten(prefix === '' ? key : `${prefix}.${key}`, inner));
}
