import { type CallClass, callClass } from '@aios/protocol';
import { type Claim, unitsOf } from '../../claim.ts';
import type { Counter, Policy, PolicySurroundings, Standing } from '../../policy.ts';
import type { Ticket } from '../../ticket.ts';
import { forecast } from './forecast.ts';
import { ProgramOrder } from './program-order.ts';
import { ClassShare, TenantShare } from './sharers.ts';
import { type Member, Shares } from './shares.ts';

const ranksOfClass = 1_000_000;

/**
 * Shares a queue from the top down: among classes and, in each, among tenants by what they got for their weight; among the
 * programs of a tenant by the work that is expected to be left; first come first served within a program.
 */
export class Fair implements Policy {
  readonly #surroundings: PolicySurroundings;
  readonly #classes: Shares<ClassShare>;
  #length = 0;

  constructor(surroundings: PolicySurroundings) {
    this.#surroundings = surroundings;
    this.#classes = new Shares((name) => this.#createClass(callClass.parse(name)));
    for (const name of callClass.options) this.#classes.member(name);
  }

  get length(): number {
    return this.#length;
  }

  enqueue(ticket: Ticket): void {
    const { group, tenant } = this.#sharersOf(ticket.claim);
    this.#length += 1;
    this.#classes.enqueued(group);
    group.tenants.enqueued(tenant);
    tenant.programs.enqueue(ticket);
  }

  next(now: number): Ticket | undefined {
    const group = this.#classes.first;
    const tenant = group?.tenants.first;
    const ticket = tenant?.programs.next(now);
    if (group === undefined || tenant === undefined || ticket === undefined) return undefined;
    this.#leave(group, tenant);
    return ticket;
  }

  remove(ticket: Ticket): void {
    const { group, tenant } = this.#sharersOf(ticket.claim);
    tenant.programs.remove(ticket);
    this.#leave(group, tenant);
  }

  start(ticket: Ticket): void {
    const { claim } = ticket;
    const { group, tenant } = this.#sharersOf(claim);
    // Once only: another policy may have charged it already, and corrects what it charged.
    if (ticket.charged === 0) ticket.charged = this.#estimate(claim);
    group.running += 1;
    tenant.running += 1;
    this.#classes.charge(group, ticket.charged);
    group.tenants.charge(tenant, ticket.charged);
  }

  finish({ claim, charged, program }: Ticket, used: number): void {
    const { group, tenant } = this.#sharersOf(claim);
    group.running -= 1;
    tenant.running -= 1;
    this.#classes.correct(group, used - charged);
    group.tenants.correct(tenant, used - charged);
    tenant.programs.update(program.name);
  }

  ahead({ claim, program }: Ticket): number {
    return this.#sharersOf(claim).tenant.programs.queued(program.name);
  }

  /** By class, those of the greatest weight first, then by what the program is expected to need. */
  rank({ claim, program }: Ticket): number {
    const { classWeights } = this.#surroundings.settings();
    const weight = classWeights[claim.class];
    const before = callClass.options.filter((name) => classWeights[name] > weight).length;
    const { ms } = this.#sharersOf(claim).tenant.programs.outlook(program);
    return before * ranksOfClass + Math.min(ranksOfClass - 1, Math.round(ms / 10));
  }

  explain(now: number, limit: number): Standing[] {
    return forecast([...this.#classes.members], (claim) => this.#estimate(claim), now, limit);
  }

  counters(): Counter[] {
    const counters: Counter[] = [];
    for (const group of this.#classes.members) {
      const tenants = [...group.tenants.members].toSorted((left, right) => left.counter - right.counter);
      if (tenants.length === 0) continue;
      counters.push({ class: group.class, ...counterOf(group) });
      for (const tenant of tenants)
        counters.push({ class: group.class, tenant: tenant.name, ...counterOf(tenant) });
    }
    return counters;
  }

  #createClass(name: CallClass): ClassShare {
    const { settings } = this.#surroundings;
    const tenants = new Shares(
      (tenant) =>
        new TenantShare(
          tenant,
          () => settings().tenantWeights[tenant] ?? 1,
          new ProgramOrder(this.#surroundings),
        ),
    );
    return new ClassShare(name, () => settings().classWeights[name], tenants);
  }

  #sharersOf(claim: Claim): { group: ClassShare; tenant: TenantShare } {
    const group = this.#classes.member(claim.class);
    return { group, tenant: group.tenants.member(claim.tenant) };
  }

  #leave(group: ClassShare, tenant: TenantShare): void {
    this.#length -= 1;
    this.#classes.dequeued(group);
    group.tenants.dequeued(tenant);
  }

  /**
   * The output that was asked for is an upper bound; what the agent usually writes says more. Before anything is known it is
   * charged when it is written: a tenant that comes next would be lifted to a counter that is taken back later.
   */
  #estimate({ agent, cost }: Claim): number {
    const { profiles } = this.#surroundings;
    const { inputTokens, outputTokens } = cost;
    return unitsOf({
      inputTokens,
      outputTokens: Math.min(outputTokens, profiles.usualOutput(agent) ?? 0),
      cachedInputTokens: inputTokens * profiles.cachedShare,
    });
  }
}

function counterOf({ weight, counter, queued }: Member) {
  return { weight: weight(), counter, queued };
}
