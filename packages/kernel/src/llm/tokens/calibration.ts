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

/** What is known of a model’s calibration, to be kept over a restart: what was cut must stay cut in the same place. */
export interface CalibrationRecord {
  /** Tokens as they were counted, and as they were reported for the same requests. */
  readonly counted: number;
  readonly reported: number;
  /** What is applied. */
  readonly ratio: number;
}

/** How a model, whose tokenizer is not published, counts in comparison with the one by which it is estimated. */
export class Calibration {
  readonly #onChange: (record: CalibrationRecord) => void;
  #reported: number;
  #counted: number;
  #ratio: number;
  #isCalibrated: boolean;

  /** Goes on from what was known; tells when another ratio is applied from now on. */
  constructor(known: CalibrationRecord | undefined, onChange: (record: CalibrationRecord) => void) {
    this.#onChange = onChange;
    this.#reported = known?.reported ?? 0;
    this.#counted = known?.counted ?? 0;
    this.#ratio = known?.ratio ?? unknownRatio;
    this.#isCalibrated = known !== undefined;
  }

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
    this.#onChange({ counted: this.#counted, reported: this.#reported, ratio: this.#ratio });
  }
}
