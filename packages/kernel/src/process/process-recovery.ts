import { type Pid, pid as pidSchema, processState, tenantId, toAiosError } from '@aios/protocol';
import type { BudgetLedger } from '../access/index.ts';
import type { Database } from '../database/index.ts';
import type { EventBus } from '../telemetry/index.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { Dormancy, Resumption } from './dormancy.ts';
import type { EffectLedger } from './effects/index.ts';
import type { ProcessJournal } from './journal/index.ts';
import { lost, SignalBox, type SignalRecord } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import type { Process, ProcessOptions } from './process.ts';
import { optionsOf } from './process-from-row.ts';
import type { ProcessRunner } from './process-runner.ts';
import type { ProcessRow, ProcessStore } from './process-store.ts';
import type { Signaller } from './signaller.ts';
import { takeOver, takeOverAll } from './take-over.ts';
import type { WaitStore } from './wait/index.ts';

export interface ProcessRecoveryOptions {
  readonly database: Database;
  readonly live: LiveProcesses;
  readonly store: ProcessStore;
  readonly signalRecord: SignalRecord;
  readonly journal: ProcessJournal;
  readonly effects: EffectLedger;
  readonly registry: AgentRegistry;
  readonly runner: ProcessRunner;
  readonly signaller: Signaller;
  readonly waitStore: WaitStore;
  readonly dormancy: () => Dormancy;
  readonly events: EventBus;
  readonly ledger: BudgetLedger;
  readonly createProcess: (
    options: ProcessOptions,
    signals: SignalBox,
    initial: 'created' | 'waiting',
  ) => Process;
}

/** The grace period of a process that was told to end before its code ran again. */
const graceMs = 5000;

/** After a crash or a restart: durable processes go on from their journals, the others are marked lost. */
export class ProcessRecovery {
  readonly #options: ProcessRecoveryOptions;

  constructor(options: ProcessRecoveryOptions) {
    this.#options = options;
  }

  async recover(): Promise<void> {
    using _paused = this.#options.runner.pause();
    const { database, effects, waitStore, dormancy } = this.#options;
    const rows = await takeOverAll(database, (transaction) => effects.store.markUnknown(transaction));
    const sets = await waitStore.all();
    const dormant: Pid[] = [];
    for (const row of rows) {
      const pid = pidSchema.parse(row.pid);
      if (row.durable === 0) await this.lose(pid, row, 'the kernel stopped while it ran');
      else if (row.state === 'waiting' && sets.has(pid)) {
        dormancy().adopt(row, await this.#parentOf(row));
        dormant.push(pid);
      } else
        await this.#restart(pid, row).catch((error: unknown) =>
          this.lose(pid, row, toAiosError(error).message),
        );
    }
    for (const pid of dormant) dormancy().watch(pid, sets.get(pid) ?? []);
  }

  async #restart(pid: Pid, row: ProcessRow): Promise<void> {
    await this.#start(pid, row, { recounts: true, cause: 'resumed after the kernel stopped' });
  }

  /** Parents are resumed before their children. */
  async #parentOf({ parent }: ProcessRow): Promise<Pid | undefined> {
    return await this.#options.live.nearestLiving(parent === null ? undefined : pidSchema.parse(parent));
  }

  /** Brings a process back that is alive without its code, unless it has ended. */
  async resume(pid: Pid, how: Resumption): Promise<Process | undefined> {
    const { database, effects } = this.#options;
    const row = await takeOver(database, pid, async (transaction) => {
      if (how.wasCutOff) await effects.store.markUnknown(transaction, pid);
    });
    return row && (await this.#start(pid, row, how));
  }

  /** Runs the code of a process that was taken over. */
  async #start(
    pid: Pid,
    row: ProcessRow,
    { recounts, cause }: Omit<Resumption, 'wasCutOff'>,
  ): Promise<Process> {
    const { live, signalRecord, journal, registry, runner, signaller, ledger, createProcess } = this.#options;
    const agent = await registry.reload(row.entry, row.trusted === 1);
    const usedBefore = await journal.load(pid, row.run_position);
    const signals = new SignalBox(pid, row.durable === 1 ? signalRecord : undefined);
    const terminated = signals.load(await signalRecord.store.of(pid, row.run_sequence));
    const wasDormant = live.getDormant(pid) !== undefined;
    const parent = wasDormant ? live.tree.parentOf(pid) : await this.#parentOf(row);
    const process = createProcess(
      {
        ...optionsOf(row, agent),
        pid,
        root: await this.rootOf(row),
        fence: row.fence,
        createdAt: row.created_at,
        firstStartedAt: row.started_at ?? row.created_at,
        run: { number: row.run, position: row.run_position, sequence: row.run_sequence },
        recounts,
      },
      signals,
      wasDormant ? 'waiting' : 'created',
    );
    runner.start(process, parent, cause);
    if (recounts) ledger.replayed(pid, usedBefore);
    if (row.state === 'suspended') process.life.suspend('was suspended before');
    if (terminated !== undefined) signaller.terminate(process, 'told to end before', graceMs);
    return process;
  }

  /** The process that its tree began with, so that its work is counted with that of the tree. */
  async rootOf({ parent }: ProcessRow): Promise<ProcessOptions['root']> {
    let root: ProcessOptions['root'];
    for (let at = parent; at !== null; ) {
      const pid = pidSchema.parse(at);
      const living = this.#options.live.get(pid)?.caller.process;
      if (living !== undefined) return living.root ?? { pid, agent: living.agent };
      const row = await this.#options.store.find(pid);
      if (row === undefined) return root;
      root = { pid, agent: row.agent };
      at = row.parent;
    }
    return root;
  }

  async lose(pid: Pid, row: ProcessRow, cause: string): Promise<void> {
    const { store, events } = this.#options;
    await store.markLost(pid, lost(cause));
    const from = processState.parse(row.state);
    events.publish(
      { type: 'process-changed', pid, agent: row.agent, from, to: 'lost', cause },
      tenantId.parse(row.tenant),
    );
  }
}
