import {
  callClass,
  jsonValue,
  type Pid,
  pid as pidSchema,
  processState,
  tenantId,
  toAiosError,
  userId,
} from '@aios/protocol';
import { createPolicy } from '../access/index.ts';
import type { EventBus } from '../telemetry/index.ts';
import type { AgentRegistry } from './agent-registry.ts';
import { budgetOf, callerBudgetsOf, parseLayers, runtimeSchema } from './describe-process.ts';
import type { ProcessJournal } from './journal/index.ts';
import { lost, SignalBox, type SignalRecord } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import type { Process, ProcessOptions } from './process.ts';
import type { ProcessRunner } from './process-runner.ts';
import type { ProcessRow, ProcessStore } from './process-store.ts';
import type { Signaller } from './signaller.ts';

export interface ProcessRecoveryOptions {
  readonly live: LiveProcesses;
  readonly store: ProcessStore;
  readonly signalRecord: SignalRecord;
  readonly journal: ProcessJournal;
  readonly registry: AgentRegistry;
  readonly runner: ProcessRunner;
  readonly signaller: Signaller;
  readonly events: EventBus;
  readonly createProcess: (options: ProcessOptions, signals: SignalBox) => Process;
}

/** The grace period of a process that was told to end before the kernel stopped. */
const graceMs = 5000;

/** After a crash or a restart: durable processes go on from their journals, the others are marked lost. */
export class ProcessRecovery {
  readonly #options: ProcessRecoveryOptions;

  constructor(options: ProcessRecoveryOptions) {
    this.#options = options;
  }

  async recover(): Promise<void> {
    for (const row of await this.#options.store.unfinished()) {
      const pid = pidSchema.parse(row.pid);
      if (row.durable === 0) await this.#lose(pid, row, 'the kernel stopped while it ran');
      else
        await this.#resume(pid, row).catch((error: unknown) =>
          this.#lose(pid, row, toAiosError(error).message),
        );
    }
  }

  async #resume(pid: Pid, row: ProcessRow): Promise<void> {
    const { live, store, signalRecord, journal, registry, runner, signaller, createProcess } = this.#options;
    await store.takeOver(pid);
    const agent = await registry.reload(row.entry, row.trusted === 1);
    await journal.load(pid);
    const signals = new SignalBox(pid, signalRecord);
    const terminated = signals.load(await signalRecord.store.of(pid));
    const parentPid = row.parent === null ? undefined : pidSchema.parse(row.parent);
    // Parents are resumed before their children.
    const ancestor = await live.nearestLiving(parentPid);
    const parent = ancestor === undefined ? undefined : live.get(ancestor);
    const process = createProcess(
      {
        pid,
        parentPid,
        root: parent && (parent.caller.process?.root ?? parent.caller.process),
        group: row.process_group === null ? undefined : pidSchema.parse(row.process_group),
        agent,
        runtime: runtimeSchema.parse(row.runtime),
        durable: true,
        fence: row.fence + 1,
        urgency: { class: callClass.parse(row.class), priority: row.priority },
        input: jsonValue.parse(JSON.parse(row.input)),
        budget: budgetOf(row),
        principal: {
          tenant: tenantId.parse(row.tenant),
          user: userId.parse(row.owner),
          policy: createPolicy(parseLayers(row)),
          ...callerBudgetsOf(row),
        },
        createdAt: row.created_at,
        firstStartedAt: row.started_at ?? row.created_at,
      },
      signals,
    );
    runner.start(process, parent, 'resumed after the kernel stopped');
    if (row.state === 'suspended') process.life.suspend('was suspended when the kernel stopped');
    if (terminated !== undefined)
      signaller.terminate(process, 'told to end before the kernel stopped', graceMs);
  }

  async #lose(pid: Pid, row: ProcessRow, cause: string): Promise<void> {
    const { store, events } = this.#options;
    await store.markLost(pid, lost(cause));
    const from = processState.parse(row.state);
    events.publish(
      { type: 'process-changed', pid, agent: row.agent, from, to: 'lost', cause },
      tenantId.parse(row.tenant),
    );
  }
}
