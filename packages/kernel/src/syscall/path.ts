// The path of every system call:
// authenticate → validate → authorise → admit → journal → schedule → execute → settle.
// Invariants: what was reserved is settled once, a slot that was taken is given back, an authorised call is reported once.

import {
  AiosError,
  type Effect,
  type SyscallName,
  type SyscallOutput,
  type SyscallRequest,
  syscalls,
  toAiosError,
} from '@aios/protocol';
import { untilAborted } from './abort.ts';
import { approve, authoriseInside, usingFirst } from './approval.ts';
import { Call } from './call.ts';
import type { Caller, Urgency } from './caller.ts';
import { callSignal } from './deadline.ts';
import { objectionTo, withMarks } from './guarding.ts';
import type { PreparedCall, SyscallContext, SyscallHandlers } from './handler.ts';
import { Place } from './place.ts';
import type { CallOutcome, CallRecord, GuardedCall, PathPorts, Permit, Recollection, Used } from './ports.ts';
import type { CallRequest } from './request.ts';
import { Settlement } from './settlement.ts';
import { closeFailed, settling, withTrail } from './trail.ts';
import { Turn } from './turn.ts';
import { accessRequest, checkInput, checkName, targetOf } from './validation.ts';

/** A call that went through validation, authorisation and admission. */
interface AdmittedCall {
  readonly name: SyscallName;
  readonly caller: Caller;
  readonly guarded: GuardedCall;
  readonly prepared: PreparedCall<SyscallName>;
  readonly effect: Effect;
  readonly signal: AbortSignal;
  readonly record: CallRecord | undefined;
  readonly permit: Permit | undefined;
}

export class SyscallPath {
  readonly #handlers: SyscallHandlers;
  readonly #ports: PathPorts;
  readonly #turn = new Turn();
  #calls = 0;

  constructor(handlers: SyscallHandlers, ports: PathPorts) {
    this.#handlers = handlers;
    this.#ports = ports;
  }

  /** Takes a call along the whole path. Rejects with an AiosError only. */
  async run(request: CallRequest): Promise<unknown> {
    this.#calls += 1;
    const call = new Call(this.#calls.toString(36), request);
    const ending = callSignal(request);
    try {
      const output = await this.#walk(call, ending.signal).catch((thrown: unknown) =>
        closeFailed(call, thrown),
      );
      if (call.trail !== undefined && !call.replayed) await call.trail.close(undefined);
      this.#report(call, undefined);
      return output;
    } catch (thrown) {
      const error = toAiosError(thrown);
      this.#report(call, error);
      throw error;
    } finally {
      ending[Symbol.dispose]();
    }
  }

  async #walk(call: Call, signal: AbortSignal): Promise<unknown> {
    const { request, watch } = call;
    const room = this.#turn.room(watch.startedAt);
    if (room !== undefined) await room;

    const caller = request.identify();
    watch.lap('authenticate');

    const name = checkName(request.name);
    const input = checkInput(name, request.input);
    watch.lap('validate');

    const asked = this.#resolve(name, input, caller);
    const target = targetOf(name, asked);
    call.admitted = { name, caller, target };
    call.trail = this.#ports.audit.open({ name, caller, target, input: asked });
    this.#ports.started(call.id, name, target, caller);
    const questions = this.#ports.authorise(caller, accessRequest(name, asked));
    watch.lap('authorise');

    const record = this.#openRecord(call, name, input, caller);
    const known = record?.recall();
    const asks: GuardedCall = { name, caller, target, input: asked };
    if (isAnswered(known)) return await this.#replay(call, asks, known);
    const guarding = objectionTo(this.#ports.guard, call, this.#handler(name), asks);
    const objection = guarding === undefined ? undefined : await guarding;

    const asking = { name, caller, input: asked, asked: questions, objection, signal };
    const approval = approve(this.#ports, call, this.#handler(name), asking);
    const permit = approval === undefined ? undefined : await approval;
    const resolved = permit?.input === undefined ? asked : this.#edited(call, name, permit.input, caller);
    const guarded: GuardedCall = { ...asks, target: call.admitted.target, input: resolved };
    if (call.taint !== undefined) await this.#ports.guard.writing(call.taint, guarded);

    const reading = this.#handler(name).readAndPrepare?.(resolved, caller);
    const wanted =
      reading === undefined ? this.#prepare(name, resolved, caller) : await untilAborted(reading, signal);
    const granted = this.#ports.reserve(caller, wanted, signal);
    const reservation = granted instanceof Promise ? await granted : granted;
    const settlement = new Settlement(reservation);
    watch.lap('admit');

    const prepared = reservation?.instead ?? wanted;
    const effect = prepared.effect ?? syscalls[name].effect;
    const admitted: AdmittedCall = { name, caller, guarded, prepared, effect, signal, record, permit };
    try {
      if (record === undefined) return await this.#execute(call, admitted, settlement);
      return await this.#executeJournalled(call, admitted, settlement, record);
    } finally {
      settlement[Symbol.dispose]();
    }
  }

  #openRecord(
    call: Call,
    name: SyscallName,
    input: unknown,
    { process, tenant }: Caller,
  ): CallRecord | undefined {
    const { place } = call.request;
    if (process === undefined || !process.durable || place === undefined) return undefined;
    return this.#ports.journal.open({ process, tenant, place, name, input });
  }

  /** The input that a person put in place of what was asked; no person can allow what the policy denies. */
  #edited(
    call: Call,
    name: SyscallName,
    input: Record<string, unknown>,
    caller: Caller,
  ): Record<string, unknown> {
    const resolved = this.#resolve(name, input, caller);
    this.#ports.authorise(caller, accessRequest(name, resolved));
    const target = targetOf(name, resolved);
    call.admitted = { name, caller, target };
    call.trail = this.#ports.audit.open({ name, caller, target, input: resolved });
    return resolved;
  }

  async #replay(call: Call, asks: GuardedCall, known: Answered): Promise<unknown> {
    const { process } = asks.caller;
    call.replayed = true;
    if (process !== undefined) this.#ports.replayed(process, known.used);
    call.watch.lap('journal');
    if (known.kind === 'failed') throw known.error;
    // A crash may have come between the answer and the mark.
    await this.#ports.guard.read(asks, known.output, undefined);
    return known.output;
  }

  /** The call as its handler would make it, for those who know the input to be good. */
  prepare(name: SyscallName, input: Record<string, unknown>, caller: Caller): PreparedCall<SyscallName> {
    return this.#prepare(name, this.#resolve(name, input, caller), caller);
  }

  #resolve(name: SyscallName, input: Record<string, unknown>, caller: Caller): Record<string, unknown> {
    return this.#handler(name).resolve?.(input, caller) ?? input;
  }

  #prepare(name: SyscallName, input: Record<string, unknown>, caller: Caller): PreparedCall<SyscallName> {
    return this.#handler(name).prepare(input, caller);
  }

  /** The schema of this very name made the input, which the compiler cannot follow through the table. */
  #handler(name: SyscallName) {
    return this.#handlers[name] as {
      resolve?(input: unknown, caller: Caller): Record<string, unknown>;
      destination?(input: unknown, caller: Caller): string | undefined;
      prepare(input: unknown, caller: Caller): PreparedCall<SyscallName>;
      readAndPrepare?(input: unknown, caller: Caller): Promise<PreparedCall<SyscallName>> | undefined;
      irreversible?(input: unknown, caller: Caller): string | undefined | Promise<string | undefined>;
    };
  }

  async #executeJournalled(
    call: Call,
    admitted: AdmittedCall,
    settlement: Settlement,
    record: CallRecord,
  ): Promise<unknown> {
    const { prepared, caller, effect } = admitted;
    record.reach('before-journal');
    let told: CallOutcome | undefined;
    // More than once only where an effect was cut off and somebody found out that it never happened.
    while (told === undefined) {
      told = effect === 'external' ? await this.#plan(call, admitted, record) : undefined;
      if (told !== undefined) break;
      record.reach('after-journal');
      call.watch.lap('journal');
      const outcome = await this.#execute(call, admitted, settlement).then(
        (output): CallOutcome => ({ output }),
        (error: unknown): CallOutcome => ({ error }),
      );
      record.reach('after-answer');
      if (caller.process === undefined || !this.#ports.isCurrent(caller.process)) {
        await record.abandon(outcome);
        throw staleFence(caller);
      }
      // A call that reads inside another is made anew with it.
      const isKept = effect !== 'read' || call.request.place?.nested === '';
      const used = settlement.used ?? reservedBy(prepared);
      told = isKept ? await record.settle(outcome, used, settling(call)) : outcome;
    }
    record.reach('after-receipt');
    call.watch.lap('settle');
    if ('error' in told) throw told.error;
    return told.output;
  }

  #plan(call: Call, admitted: AdmittedCall, record: CallRecord): Promise<CallOutcome | undefined> {
    const { prepared, signal, permit } = admitted;
    const probe = prepared.probe?.bind(prepared);
    return record.plan({
      idempotent: prepared.idempotent ?? false,
      // A probe only looks, so it needs no slot; it may make calls of its own.
      probe: probe && ((key) => probe(key, this.#context(call, admitted, noPlace))),
      signal,
      input: permit?.input,
    });
  }

  async #execute(call: Call, admitted: AdmittedCall, settlement: Settlement): Promise<unknown> {
    const { name, caller, prepared, signal } = admitted;
    const queue = prepared.queue ?? syscalls[name].resource;
    const { cost, conversation } = prepared;
    const slotRequest = { call: call.id, caller, cost, deadlineAt: call.deadlineAt, conversation };
    const place = new Place((wanted) => this.#ports.acquire(wanted, slotRequest, signal));
    try {
      const moved = queue !== 'none' && !prepared.queuesItself ? place.moveTo(queue) : undefined;
      if (moved instanceof Promise) await moved;
      signal.throwIfAborted();
      await this.#dispatch(call, admitted);
      call.watch.lap('schedule');
      const context = this.#context(call, admitted, place);
      const output = await this.#runHandler(call, admitted, context, settlement);
      place.used = call.usage;
      return output;
    } finally {
      place[Symbol.dispose]();
    }
  }

  /** The last moment before the outside world hears of the call. A change of the kernel’s own is made when it is committed. */
  async #dispatch(
    { trail, destination }: Call,
    { name, caller, effect, record, permit }: AdmittedCall,
  ): Promise<void> {
    const { journal } = this.#ports;
    const isExternal = effect === 'external';
    const use = syscalls[name].effect === 'write' && !isExternal ? undefined : permit;
    if (!isExternal && destination !== undefined) await trail?.attempt();
    if (!isExternal && use === undefined) return;
    if (isExternal && record !== undefined) {
      return await record.dispatch(async (transaction) => {
        await use?.use(transaction);
        await trail?.attempt(transaction);
      });
    }
    if (use !== undefined) await journal.commit(caller.process, (transaction) => use.use(transaction));
    else if (caller.process !== undefined) await journal.ensureCurrent(caller.process);
    if (isExternal) await trail?.attempt();
  }

  async #runHandler(
    call: Call,
    { guarded, prepared, record }: AdmittedCall,
    context: SyscallContext,
    settlement: Settlement,
  ): Promise<unknown> {
    try {
      const answer = prepared.execute(context);
      record?.reach('after-dispatch');
      const output = await untilAborted(answer, context.signal);
      const marking = this.#ports.guard.read(guarded, output, prepared.untrusted);
      if (marking !== undefined) await marking;
      call.usage = prepared.usage?.(output);
      settlement.succeed(call.usage, prepared.costUsd?.(output) ?? prepared.reserveUsd ?? 0);
      return output;
    } catch (error) {
      settlement.fail(error);
      // What an error says may come from there, too.
      if (prepared.untrusted !== undefined)
        await this.#ports.guard.read(guarded, undefined, prepared.untrusted);
      throw error;
    } finally {
      call.watch.lap('execute');
    }
  }

  #context(call: Call, admitted: AdmittedCall, place: Place): SyscallContext {
    const { caller, guarded, signal, record, permit } = admitted;
    const { journal, guard } = this.#ports;
    const { process } = caller;
    const { onChunk, identify, signals, among, meanwhile = (wait) => wait() } = call.request;
    const holding: CallRequest['meanwhile'] = (wait) => meanwhile(() => place.meanwhile(wait));
    return {
      call: call.id,
      caller,
      place: call.request.place,
      signal,
      ...(onChunk && { emit: onChunk }),
      moveTo: (queue) => {
        call.watch.lap('execute');
        const moved = place.moveTo(queue);
        if (!(moved instanceof Promise)) {
          call.watch.lap('schedule');
          return moved;
        }
        return moved.then((rank) => {
          call.watch.lap('schedule');
          return rank;
        });
      },
      progress: (used) => place.progress(used),
      mayYield: () => place.mayYield,
      onYield: (listener) => place.onYield(listener),
      runToEnd: (reason) => place.runToEnd(reason),
      authorise: (action, target) =>
        authoriseInside(this.#ports, call, { ...admitted, meanwhile: holding }, { action, target }),
      commit: (job, used) => {
        const marked = withMarks(guard, call, guarded, job);
        const change = withTrail(call.trail, usingFirst(permit, marked));
        return record === undefined ? journal.commit(process, change) : record.commit(change, used);
      },
      idempotencyKey: record?.idempotencyKey,
      ensureCurrent: async () => {
        if (permit !== undefined) await journal.commit(process, (transaction) => permit.use(transaction));
        else if (process !== undefined) await journal.ensureCurrent(process);
      },
      // The handler of `name` is typed to give this output.
      invoke: <Name extends SyscallName>(name: Name, input: SyscallRequest<Name>) =>
        this.run({
          name,
          input,
          identify,
          signals: [signal],
          parentCall: call.id,
          place: call.placeInside(),
          meanwhile: holding,
        }) as Promise<SyscallOutput<Name>>,
      invokeBehind: <Name extends SyscallName>(name: Name, input: SyscallRequest<Name>) =>
        this.run({
          name,
          input,
          identify: () => ({ ...identify(), urgency: behind }),
          signals,
          among,
          parentCall: call.id,
        }) as Promise<SyscallOutput<Name>>,
    };
  }

  #report(call: Call, error: AiosError | undefined): void {
    const report = call.report(error);
    if (report !== undefined) this.#ports.settled(report);
  }
}

/** For what holds no slot and gets none. */
const noPlace = new Place(() => {
  throw new AiosError('internal', 'A probe asked for a slot. It may only look.');
});

/** Nobody in particular waits for it. */
const behind: Urgency = { class: 'batch', priority: 0 };

type Answered = Extract<Recollection, { kind: 'answered' | 'failed' }>;

function isAnswered(known: Recollection | undefined): known is Answered {
  return known?.kind === 'answered' || known?.kind === 'failed';
}

function reservedBy({ reserveTokens = 0, reserveUsd = 0 }: PreparedCall<SyscallName>): Used {
  return { tokens: reserveTokens, usd: reserveUsd };
}

function staleFence({ process }: Caller): AiosError {
  return new AiosError(
    'stale_fence',
    `Process ${process?.pid} has ended or was taken over; its late call is refused.`,
  );
}
