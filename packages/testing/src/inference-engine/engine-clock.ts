import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Engine } from './engine.ts';

/** How well the machine kept the engine’s time. */
export interface Fidelity {
  readonly timeScale: number;
  readonly steps: number;
  /** Steps per second of the machine’s time while busy: as the parameters ask, and as they were done. */
  readonly wantedStepsPerSecond: number;
  readonly achievedStepsPerSecond: number;
  /** Milliseconds of the machine’s time by which steps were noticed after their end. */
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
}

/**
 * Drives an engine in real time. Steps end at absolute times that follow from the parameters alone, so a timer that fires
 * late makes answers late by that much and never slows the engine down; how late is measured.
 */
export class EngineClock {
  readonly #engine: Engine;
  readonly #scale: number;
  readonly #startedAt = performance.now();
  readonly #late: RecordableHistogram = createHistogram();
  readonly #afterSteps: () => void;
  #timer: NodeJS.Timeout | undefined;
  #busySince: number | undefined;
  #busyMs = 0;

  /** `afterSteps` runs each time that steps were done. */
  constructor(engine: Engine, afterSteps: () => void) {
    this.#engine = engine;
    this.#scale = engine.parameters.timeScale;
    this.#afterSteps = afterSteps;
  }

  /** Milliseconds of the engine since it started. */
  get now(): number {
    return (performance.now() - this.#startedAt) * this.#scale;
  }

  /** The Unix time in milliseconds of a time of the engine. */
  unixMs(time: number): number {
    return performance.timeOrigin + this.#startedAt + time / this.#scale;
  }

  /** Does the steps that are due and sets the timer for the next. To be called after every change. */
  advance(): void {
    this.#engine.advance(this.now, (endsAt) => this.#noteLateness(endsAt));
    this.#afterSteps();
    this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get fidelity(): Fidelity {
    const { steps, busyMs } = this.#engine.counts;
    const late = (percentile: number) => this.#late.percentile(percentile) / 1000;
    return {
      timeScale: this.#scale,
      steps,
      wantedStepsPerSecond: (steps * this.#scale * 1000) / busyMs,
      achievedStepsPerSecond: (steps * 1000) / (this.#busyMs + this.#busyNow()),
      lateP50Ms: late(50),
      lateP99Ms: late(99),
      lateMaxMs: this.#late.max / 1000,
    };
  }

  #noteLateness(endsAt: number): void {
    const microseconds = Math.round(((this.now - endsAt) / this.#scale) * 1000);
    this.#late.record(Math.max(1, microseconds));
  }

  #busyNow(): number {
    return this.#busySince === undefined ? 0 : performance.now() - this.#busySince;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { stepEndsAt } = this.#engine;
    if (stepEndsAt === undefined) {
      this.#busyMs += this.#busyNow();
      this.#busySince = undefined;
      return;
    }
    this.#busySince ??= performance.now();
    const remaining = Math.max(0, stepEndsAt - this.now) / this.#scale;
    this.#timer = setTimeout(() => this.advance(), remaining);
  }
}
