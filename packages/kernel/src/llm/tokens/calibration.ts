/** Reported tokens for each counted one, as long as a model has reported nothing: what its tokenizer is not known to be. */
const unknownRatio = 1.1;
/** A shorter request says more of what a vendor adds around it than of its tokenizer. */
const fewestTokens = 200;
/** Earlier reports count less and less: half as much after this many tokens. */
const halfLifeTokens = 200_000;
/** What is applied changes only when it is off by more: a history must not be cut otherwise from one turn to the next. */
const tolerance = 0.04;
/** A provider that reports less or more than this does not report what it was sent. */
const ratios = { least: 0.6, most: 2.5 };
/** By which a count may be too low. */
const margins = { estimate: 0.15, calibrated: 0.05 };

/** How a model, whose tokenizer is not published, counts in comparison with the one by which it is estimated. */
export class Calibration {
  #reported = 0;
  #counted = 0;
  #ratio = unknownRatio;
  #isCalibrated = false;

  get isCalibrated(): boolean {
    return this.#isCalibrated;
  }

  get ratio(): number {
    return this.#ratio;
  }

  get margin(): number {
    return this.#isCalibrated ? margins.calibrated : margins.estimate;
  }

  /** Learns from what a provider reported for a request whose texts were counted so. */
  observe(countedTokens: number, reportedTokens: number): void {
    if (countedTokens < fewestTokens || reportedTokens <= 0) return;
    const kept = 0.5 ** (countedTokens / halfLifeTokens);
    this.#counted = this.#counted * kept + countedTokens;
    this.#reported = this.#reported * kept + reportedTokens;
    const observed = Math.min(ratios.most, Math.max(ratios.least, this.#reported / this.#counted));
    if (this.#isCalibrated && Math.abs(observed / this.#ratio - 1) <= tolerance) return;
    this.#ratio = Math.round(observed * 100) / 100;
    this.#isCalibrated = true;
  }
}
