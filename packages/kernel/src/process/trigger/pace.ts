const minuteMs = 60_000;

/** So many in any minute, and no more. */
export class Pace {
  readonly #perMinute: number;
  #times: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Milliseconds until there is room for another one; 0 where there is some now. */
  waitMs(now: number): number {
    this.#times = this.#times.filter((time) => time > now - minuteMs);
    const first = this.#times[this.#times.length - this.#perMinute];
    return first === undefined ? 0 : first + minuteMs - now;
  }

  note(now: number): void {
    this.#times.push(now);
  }
}
