// The data-flow guard. A process that has read untrusted data is marked with where it came from; so is what it then writes,
// and whoever reads that. A marked process needs a person’s word for calls that could carry private data out. The mark goes
// by what was read, never by what a text looks like. It is on disk before the reader sees what it read.

import type { SyscallName } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { Caller, DataFlowGuard, GuardedCall, Objection, Taint } from '../../syscall/index.ts';
import { compilePattern } from '../pattern.ts';
import { flows, type Subject } from './flows.ts';
import { linkOf, linksIn } from './links.ts';
import { MarkStore } from './mark-store.ts';

interface GuardSettings {
  readonly enabled: boolean;
  /** Where data may always go: patterns of hosts and tools. */
  readonly destinations: readonly string[];
}

interface GuardOptions {
  readonly database: Database;
  readonly settings: () => GuardSettings;
}

/** Marked processes that are kept in memory; the others are looked up. */
const maxKnown = 10_000;

type AnyFlow = {
  readonly reading?: (input: unknown) => readonly Subject[];
  readonly read?: (output: unknown, input: unknown) => readonly Subject[];
  readonly writing?: (input: unknown) => readonly Subject[];
  readonly wrote?: (output: unknown, input: unknown) => readonly Subject[];
  readonly isSink?: true;
  readonly isOwnInput?: true;
};

export class Guard implements DataFlowGuard {
  readonly #options: GuardOptions;
  readonly #marks: MarkStore;
  /** Tenants in which anything is marked: in the others there is nothing to look up. */
  readonly #tenants: Set<string>;
  readonly #known = new Map<number, Promise<Taint | undefined>>();

  private constructor(options: GuardOptions, marks: MarkStore, tenants: readonly string[]) {
    this.#options = options;
    this.#marks = marks;
    this.#tenants = new Set(tenants);
  }

  static async open(options: GuardOptions): Promise<Guard> {
    const marks = new MarkStore(options.database);
    return new Guard(options, marks, await marks.tenants());
  }

  taintOf({ tenant, process }: Caller): Promise<Taint | undefined> | undefined {
    if (process === undefined || !this.#tenants.has(tenant)) return undefined;
    const known = this.#known.get(process.pid);
    if (known !== undefined) return known;
    const looked = this.#look(tenant, process.pid);
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(process.pid, looked);
    looked.catch(() => this.#known.delete(process.pid));
    return looked;
  }

  async objection(
    taint: Taint,
    { caller, name, target }: GuardedCall,
    destination: string | undefined,
  ): Promise<Objection | undefined> {
    const { enabled, destinations } = this.#options.settings();
    const place = destination ?? (flowOf(name).isSink ? name : undefined);
    if (!enabled || place === undefined) return undefined;
    const host = hostOf(place);
    const names = [host ?? place, ...(target === undefined ? [] : [target]), name];
    if (names.some((each) => caller.policy.allows('guard.pass', each))) return undefined;
    const isOpen = destinations.map(compilePattern);
    if (isOpen.some((matches) => matches(host ?? place))) return undefined;
    if (host !== undefined && (await this.#wasGiven(caller, place))) return undefined;
    return {
      target: host ?? target ?? place,
      reason: `it has read untrusted data (${taint.sources.join(', ')}), and this could carry private data to ${host ?? place}`,
    };
  }

  writing(taint: Taint, { caller, name, input }: GuardedCall): Promise<void> | undefined {
    const flow = flowOf(name);
    const { process } = caller;
    const own = flow.isOwnInput && process ? [{ kind: 'input', name: String(process.pid) }] : [];
    const subjects = [...(flow.writing?.(input) ?? []), ...own];
    if (subjects.length === 0) return undefined;
    return this.#mark(caller.tenant, subjects, taint.sources);
  }

  async wrote(
    taint: Taint,
    { caller, name, input }: GuardedCall,
    output: unknown,
    transaction: Transaction<Tables>,
  ): Promise<void> {
    const subjects = flowOf(name).wrote?.(output, input) ?? [];
    if (subjects.length === 0) return;
    // What a marked process starts another with is no person’s word for where that may go.
    const inputs = subjects.flatMap(({ kind, name: pid }) =>
      kind === 'process' ? [{ kind: 'input', name: pid }] : [],
    );
    await this.#marks.mark(transaction, caller.tenant, [...subjects, ...inputs], taint.sources);
    this.#forget(subjects);
  }

  reading({ caller, name, input }: GuardedCall): Promise<void> | undefined {
    return this.#readFrom(caller, flowOf(name).reading?.(input) ?? []);
  }

  read(call: GuardedCall, output: unknown, source: string | undefined): Promise<void> | undefined {
    const { caller, name, input } = call;
    if (caller.process === undefined) return undefined;
    if (source !== undefined) return this.#readOutside(caller, source, output);
    return this.#readFrom(caller, flowOf(name).read?.(output, input) ?? []);
  }

  #readFrom(caller: Caller, subjects: readonly Subject[]): Promise<void> | undefined {
    const { process, tenant } = caller;
    if (process === undefined || subjects.length === 0 || !this.#tenants.has(tenant)) return undefined;
    return this.#marks.sourcesOf(tenant, subjects).then((sources) => this.#taint(caller, sources));
  }

  async #readOutside(caller: Caller, source: string, output: unknown): Promise<void> {
    const { process, tenant } = caller;
    if (process === undefined) return;
    const links = linksIn(JSON.stringify(output) ?? '', URL.canParse(source) ? source : undefined);
    const seen = [...links].map((link) => ({ kind: 'link', name: `${process.pid} ${link}` }));
    const known = await this.taintOf(caller);
    const name = sourceName(source);
    const self = known?.sources.includes(name) ? [] : [{ kind: 'process', name: String(process.pid) }];
    if (seen.length + self.length > 0) await this.#mark(tenant, [...self, ...seen], [name]);
  }

  async #taint(caller: Caller, sources: readonly string[]): Promise<void> {
    const { process, tenant } = caller;
    if (process === undefined) return;
    const known = await this.taintOf(caller);
    const news = sources.filter((source) => !known?.sources.includes(source));
    if (news.length === 0) return;
    await this.#mark(tenant, [{ kind: 'process', name: String(process.pid) }], news);
  }

  async #mark(
    tenant: string,
    subjects: readonly { readonly kind: string; readonly name: string }[],
    sources: readonly string[],
  ): Promise<void> {
    await this.#options.database.write((transaction) =>
      this.#marks.mark(transaction, tenant, subjects, sources),
    );
    this.#tenants.add(tenant);
    this.#forget(subjects);
  }

  #forget(subjects: readonly { readonly kind: string; readonly name: string }[]): void {
    for (const { kind, name } of subjects) if (kind === 'process') this.#known.delete(Number(name));
  }

  async #look(tenant: string, pid: number): Promise<Taint | undefined> {
    const sources = await this.#marks.sourcesOf(tenant, [{ kind: 'process', name: String(pid) }]);
    return sources.length === 0 ? undefined : { sources };
  }

  /** Whether the address came to the process as it is: with its input, or in what it read outside. It carries nothing then. */
  async #wasGiven({ tenant, process }: Caller, address: string): Promise<boolean> {
    const link = linkOf(address);
    if (process === undefined || link === undefined) return false;
    if (await this.#marks.has(tenant, 'link', `${process.pid} ${link}`)) return true;
    if (await this.#marks.has(tenant, 'input', String(process.pid))) return false;
    const row = await this.#options.database.reader
      .selectFrom('processes')
      .select('input')
      .where('pid', '=', process.pid)
      .executeTakeFirst();
    return row !== undefined && linksIn(row.input, undefined).has(link);
  }
}

/** The schema of this very name made input and output, which the compiler cannot follow through the table. */
function flowOf(name: SyscallName): AnyFlow {
  return (flows[name] ?? {}) as AnyFlow;
}

function hostOf(place: string): string | undefined {
  const url = URL.parse(place);
  return url !== null && /^https?:$/.test(url.protocol) ? url.hostname : undefined;
}

/** A source as it is shown: without what a query may hold. */
export function sourceName(source: string): string {
  const url = URL.parse(source);
  if (url === null) return source;
  return `${url.protocol}//${url.host}${url.pathname}`.slice(0, 200);
}
