import {
  AiosError,
  type Budget,
  type Pid,
  permission,
  pid as pidSchema,
  type SyscallName,
  tenantId,
  userId,
} from '@aios/protocol';
import { type Config, configSchema } from '../../config/index.ts';
import type { Caller, Need, PreparedCall, Reservation } from '../../syscall/index.ts';
import { createPolicy } from '../policy.ts';
import type { BudgetLedger } from './budget-ledger.ts';
import { createQuotaRules, type QuotaRules } from './quota-rules.ts';

// Callers, calls and quotas for the tests of the ledger.

const tenant = tenantId.parse('t');
const policy = createPolicy([[permission.parse('*')]]);

export const person: Caller = { tenant, user: userId.parse('u'), policy };

export function rulesOf(quotas: Record<string, unknown>): QuotaRules {
  const config: Config = configSchema.parse({ quotas });
  return createQuotaRules(config.quotas);
}

export function processOf(number: number, agent = 'a', caller: Caller = person): Caller {
  return { ...caller, process: { pid: pidSchema.parse(number), agent, durable: false, fence: 1 } };
}

interface Opening {
  readonly parent?: number;
  readonly agent?: string;
  readonly durable?: boolean;
}

/** Opens a process in the ledger and gives its caller. */
export function open(ledger: BudgetLedger, number: number, budget: Budget, opening: Opening = {}): Caller {
  const { parent, agent = 'a', durable = false } = opening;
  const pid: Pid = pidSchema.parse(number);
  const parentPid = parent === undefined ? undefined : pidSchema.parse(parent);
  ledger.open({ pid, parent: parentPid, tenant, agent, budget, durable });
  return processOf(number, agent);
}

export function callOf(
  need: Need,
  downgrade?: PreparedCall<SyscallName>['downgrade'],
): PreparedCall<SyscallName> {
  return { ...need, execute: () => Promise.reject(new Error('never run')), ...(downgrade && { downgrade }) };
}

/** A model call of so many tokens and dollars. */
export function ask(tokens: number, usd = 0, model?: string): PreparedCall<SyscallName> {
  return callOf({ reserveTokens: tokens, reserveUsd: usd, ...(model !== undefined && { model }) });
}

export const signal = new AbortController().signal;

/** The reservation of a call that has room at once. */
export function reserveNow(
  ledger: BudgetLedger,
  caller: Caller,
  call: PreparedCall<SyscallName>,
): Reservation {
  const reservation = ledger.reserve(caller, call, signal);
  if (reservation === undefined) throw new Error('nothing bounds this caller');
  if (reservation instanceof Promise) throw new Error('the call waits');
  return reservation;
}

export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return AiosError.isInstance(error) ? error.code : String(error);
  }
}
