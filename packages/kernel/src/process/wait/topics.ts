/** Who wants to hear that something under a name has changed. */
export class Topics<Listener> {
  readonly #listeners = new Map<string, Set<Listener>>();

  add(topic: string, listener: Listener): void {
    const known = this.#listeners.get(topic);
    if (known === undefined) this.#listeners.set(topic, new Set([listener]));
    else known.add(listener);
  }

  remove(topic: string, listener: Listener): void {
    const known = this.#listeners.get(topic);
    known?.delete(listener);
    if (known?.size === 0) this.#listeners.delete(topic);
  }

  /** Those at this moment. */
  of(topic: string): Listener[] {
    return [...(this.#listeners.get(topic) ?? [])];
  }
}
