/** Lets one job at a time work on each key; those that wait get their turn in order. */
export class PathLock {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<Result>(key: string, job: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(job, job);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
