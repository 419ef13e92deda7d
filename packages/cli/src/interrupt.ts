import { exitCodes } from './exit-codes.ts';

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** Resolves at the first Ctrl-C or SIGTERM, to its name. */
  readonly first: Promise<NodeJS.Signals>;
}

/** Turns Ctrl-C and SIGTERM into an abort, so that a command can end what it began. A second one ends aios at once. */
export function watchInterrupt(): Interrupt {
  const controller = new AbortController();
  const first = Promise.withResolvers<NodeJS.Signals>();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    first.resolve(name);
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    first: first.promise,
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
