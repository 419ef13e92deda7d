interface ErrorLog {
  error(fields: object, message: string): void;
}

/**
 * Keeps a process that runs a kernel alive when a promise is rejected that nobody waits for, such as one that an inline agent
 * forgot: the agent’s slip must not end everybody’s kernel. Node would end the process. Disposing restores that.
 */
export function outliveRejections(logger: ErrorLog): Disposable {
  const onRejection = (reason: unknown): void => {
    const error = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    logger.error(
      { error },
      'a promise was rejected and nobody handled it; does an agent forget to await a call?',
    );
  };
  process.on('unhandledRejection', onRejection);
  return { [Symbol.dispose]: () => process.off('unhandledRejection', onRejection) };
}
