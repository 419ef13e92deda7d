import { AiosError, type Pid, toAiosError } from '@aios/protocol';
import { authorise } from './access/index.ts';
import type { Session } from './kernel-api.ts';
import type { SessionIdentity } from './session-identity.ts';
import { type CallRequest, createLine, OpenCalls } from './syscall/index.ts';
import { type EventBus, matchesFilter } from './telemetry/index.ts';

export interface SessionsOptions {
  readonly run: (request: CallRequest) => Promise<unknown>;
  readonly events: EventBus;
  readonly isWithin: (pid: Pid, ancestor: Pid) => boolean;
}

/** The lines of callers outside the kernel. Knows which of their calls are under way, so that closing can wait for them. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #calls = new OpenCalls();
  /** Sessions hold nothing of their own, so that the requests of one caller share theirs. */
  readonly #sessions = new WeakMap<SessionIdentity, Session>();
  #closing = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  open(identity: SessionIdentity): Session {
    const known = this.#sessions.get(identity);
    if (known !== undefined) return known;
    const session = this.#create(identity);
    this.#sessions.set(identity, session);
    return session;
  }

  /** Takes no new calls and gives those under way the time to finish; then they are cancelled. */
  async close(drainMs: number): Promise<void> {
    this.#closing = true;
    await this.#calls.settled(drainMs);
    this.#calls.cancelAll(closing());
    await this.#calls.settled();
  }

  #create({ caller, identify, checkKey, signals }: SessionIdentity): Session {
    const { events, isWithin } = this.#options;
    const line = createLine({
      run: this.#options.run,
      identify: () => {
        if (this.#closing) throw closing();
        return identify();
      },
      signals,
      among: this.#calls,
    });
    return {
      ...line,
      caller,
      authorise: (action, target) => authorise(identify(), { action, target }),
      subscribe: (filter, listener, onEnd) => {
        authorise(identify(), { action: 'kernel.events', target: undefined });
        // The revocation of a key is an event itself, so whoever listens with the key is told of it at once.
        const subscription = events.subscribe((event) => {
          const refusal = refusalOf(checkKey);
          if (refusal !== undefined) {
            subscription[Symbol.dispose]();
            onEnd?.(refusal);
            return;
          }
          const isVisible = event.tenant === undefined || event.tenant === caller.tenant;
          if (isVisible && matchesFilter(event, filter, isWithin)) listener(event);
        });
        return subscription;
      },
    };
  }
}

function refusalOf(check: () => void): AiosError | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    return toAiosError(thrown);
  }
}

function closing(): AiosError {
  return new AiosError('unavailable', 'The kernel is closing. Call again once it is back.');
}
