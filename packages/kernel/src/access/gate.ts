// Whether a call may be made: allowed, denied, or a person is asked first. What the caller’s policy denies stays denied,
// whatever the rules of the installation and the decisions of its user say; these only ask or deny more.

import { AiosError, type Permission, permission } from '@aios/protocol';
import type { Config } from '../config/index.ts';
import type { AccessRequest, AskedCall, Caller, Permit, Policy } from '../syscall/index.ts';
import type { Approvals, Question } from './approvals/index.ts';
import { nameOf, notGranted, who } from './authorisation.ts';
import type { Grants } from './grants/index.ts';
import { createPolicy } from './policy.ts';

export interface GateOptions {
  readonly settings: () => Config['access'];
  readonly grants: Grants;
  readonly approvals: Approvals;
}

export class Gate {
  readonly #options: GateOptions;
  readonly #rules = new WeakMap<readonly Permission[], Policy>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Throws `permission_denied`, or gives the permissions that a person is to be asked about. */
  authorise(caller: Caller, request: AccessRequest): readonly Permission[] {
    const verdict = caller.policy.judge(request);
    if (verdict.kind === 'deny') throw notGranted(caller, request);
    const asked = verdict.kind === 'ask' ? verdict.permissions : [];
    const { rules } = this.#options.settings();
    if (caller.process === undefined || rules.length === 0) return asked;
    const ruled = this.#policyOf(rules).judge(request);
    if (ruled.kind === 'deny') throw forbidden(caller, request);
    return ruled.kind === 'ask' ? [...asked, ...ruled.permissions] : asked;
  }

  /** Asks a person about a call where that is to be done. Waits for nothing where it is not. */
  approve(call: AskedCall): undefined | Promise<Permit | undefined> {
    const { process } = call.caller;
    const mayBeIrreversible = process !== undefined && this.#options.settings().irreversible === 'ask';
    const irreversible = mayBeIrreversible ? call.irreversible?.() : undefined;
    if (irreversible === undefined && call.asked.length === 0 && call.objection === undefined)
      return undefined;
    return this.#ask(call, irreversible);
  }

  async #ask(
    call: AskedCall,
    why: string | undefined | Promise<string | undefined>,
  ): Promise<Permit | undefined> {
    const { caller, request, asked, objection } = call;
    const irreversible = await why;
    const questions: Question[] = [
      ...asked.map((text) => ({ permission: permission.parse(text.slice(1)), isIrreversible: false })),
      ...(irreversible === undefined ? [] : exactly(request)),
    ];
    const isDecided = (isIrreversible: boolean, about: AccessRequest = request) => {
      const decision = this.#options.grants.decisionOf(caller, about, isIrreversible);
      if (decision === 'deny') throw decidedAgainst(caller, request);
      return decision === 'allow';
    };
    const isPermissionOpen = asked.length > 0 && !isDecided(false);
    const isDeedOpen = irreversible !== undefined && !isDecided(true);
    const pass = objection && { action: 'guard.pass', target: objection.target };
    const isFlowOpen = pass !== undefined && !isDecided(false, pass);
    if (!isPermissionOpen && !isDeedOpen && !isFlowOpen) return undefined;
    const open = questions.filter((each) => (each.isIrreversible ? isDeedOpen : isPermissionOpen));
    if (isFlowOpen) {
      const why = isDeedOpen ? `${objection?.reason}; ${irreversible}` : (objection?.reason ?? '');
      return await this.#options.approvals.ask(call, [...open, ...passing(pass)], why);
    }
    const reason = isDeedOpen ? irreversible : `nobody has decided yet whether it may: ${asked.join(', ')}`;
    return await this.#options.approvals.ask(call, open, reason);
  }

  #policyOf(rules: readonly Permission[]): Policy {
    const known = this.#rules.get(rules);
    if (known !== undefined) return known;
    const made = createPolicy([[permission.parse('*'), ...rules]]);
    this.#rules.set(rules, made);
    return made;
  }
}

/** The grant that would put the data-flow guard off for a destination. */
function passing({ action, target }: { action: string; target: string }): Question[] {
  const parsed = permission.safeParse(`${action}:${target}`);
  return !/[*()]/.test(target) && parsed.success ? [{ permission: parsed.data, isIrreversible: false }] : [];
}

/** The permission for this very call and target, where it can be said as one. */
function exactly({ call, action, target }: AccessRequest): Question[] {
  const text = target === undefined ? (call ?? action) : `${call ?? action}:${target}`;
  const isPlain = target === undefined || !/[*()]/.test(target);
  const parsed = permission.safeParse(text);
  return isPlain && parsed.success ? [{ permission: parsed.data, isIrreversible: true }] : [];
}

function forbidden(caller: Caller, request: AccessRequest): AiosError {
  return new AiosError(
    'permission_denied',
    `${who(caller)} may not do "${nameOf(request)}": a rule of this installation forbids it to all agents (access.rules).`,
    { details: { action: request.action } },
  );
}

function decidedAgainst(caller: Caller, request: AccessRequest): AiosError {
  return new AiosError(
    'permission_denied',
    `${who(caller)} may not do "${nameOf(request)}": the user decided so. "aios grants list" shows what was decided.`,
    { details: { action: request.action } },
  );
}
