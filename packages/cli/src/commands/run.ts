import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type {
  CallClass,
  JsonValue,
  Permission,
  ProcessDescription,
  RestartPolicy,
  RuntimeName,
  SyscallRequest,
} from '@aios/protocol';
import { permission } from '@aios/protocol';
import { CommandFailure } from '../command-failure.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { runJob } from '../job/run-job.ts';
import { showSummary } from '../job/summary.ts';
import { openClient } from '../open-client.ts';
import { parseJsonArgument } from '../parse-json.ts';
import { createOutput, type Output } from '../terminal/output.ts';

export interface RunOptions extends CommonOptions {
  input?: string;
  ask?: string[];
  allow?: string[];
  runtime?: RuntimeName;
  durable?: boolean;
  restart?: RestartPolicy;
  class?: CallClass;
  budgetTokens?: number;
  budgetCalls?: number;
  budgetUsd?: number;
  budgetSeconds?: number;
  detach?: boolean;
}

export async function run(agent: string, options: RunOptions): Promise<ExitCode> {
  const output = createOutput(options);
  const request = await spawnRequest(agent, options);
  await using client = await openClient(options);
  if (options.detach) {
    const { pid } = await client.process.spawn(request);
    output.result({ pid }, (screen) => screen.line(`Process ${pid}. Follow it with: aios logs ${pid} -f`));
    return exitCodes.ok;
  }
  using interrupt = watchInterrupt();
  const ended = await runJob({ client, request, screen: output.aside, signal: interrupt.signal });
  showEnd(ended, output);
  if (ended.state === 'succeeded') return exitCodes.ok;
  return interrupt.signal.aborted ? exitCodes.interrupted : exitCodes.failed;
}

async function spawnRequest(agent: string, options: RunOptions): Promise<SyscallRequest<'process.spawn'>> {
  const { runtime, durable, restart, budgetTokens, budgetCalls, budgetUsd, budgetSeconds } = options;
  return {
    agent: await agentName(agent),
    input: buildInput(options),
    ...(runtime && { runtime }),
    ...(durable && { durable }),
    ...(restart && { restart: { policy: restart } }),
    ...(options.class && { class: options.class }),
    ...(options.allow && { permissions: options.allow.map(parsePermission) }),
    budget: {
      ...(budgetTokens && { tokens: budgetTokens }),
      ...(budgetCalls && { calls: budgetCalls }),
      ...(budgetUsd && { usd: budgetUsd }),
      ...(budgetSeconds && { seconds: budgetSeconds }),
    },
  };
}

/** The kernel may have another working folder, so a path goes to it in full. */
async function agentName(agent: string): Promise<string> {
  const looksLikePath = /^[./~]|\.([cm]?[jt]s|py)$/.test(agent);
  if (!looksLikePath) return agent;
  const path = resolve(agent);
  const found = await stat(path).catch(() => undefined);
  if (found) return path;
  throw new CommandFailure(`There is no agent’s file ${path}.`, exitCodes.usage);
}

function buildInput({ input, ask }: RunOptions): JsonValue {
  const given = input === undefined ? undefined : parseJsonArgument(input, '--input');
  if (ask === undefined) return given ?? null;
  const question = ask.join(' ');
  if (given === undefined || given === null) return { question };
  if (typeof given === 'object' && !Array.isArray(given)) return { ...given, question };
  throw new CommandFailure('--ask needs an --input that is a JSON object, or none.', exitCodes.usage);
}

function parsePermission(text: string): Permission {
  const parsed = permission.safeParse(text);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map((issue) => issue.message).join('; ');
  throw new CommandFailure(`--allow "${text}": ${problem}.`, exitCodes.usage);
}

function showEnd(ended: ProcessDescription, output: Output): void {
  showSummary(ended, output.aside);
  output.result(ended, (screen) => {
    if (ended.state !== 'succeeded') return;
    if (typeof ended.output === 'string') screen.text(ended.output);
    else screen.text(JSON.stringify(ended.output, null, 2));
  });
}
