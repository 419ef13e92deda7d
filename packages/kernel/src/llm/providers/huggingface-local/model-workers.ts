import { isDeepStrictEqual } from 'node:util';
import { modelMissing, type WorkerSpec } from './errors.ts';
import { findLocalModel, type LocalModel } from './hub.ts';
import { ModelWorker, type WorkerSurroundings } from './model-worker.ts';

/** How long the worker of a model that was taken out of the configuration waits for calls that were prepared before. */
const lingerMs = 10_000;

interface Place {
  readonly spec: WorkerSpec;
  readonly worker: ModelWorker;
  isWanted: boolean;
  cancelTimer?: () => void;
}

/** The processes of the local models: one a model, started when its first call comes and again after it died. */
export class ModelWorkers implements Disposable {
  readonly #surroundings: WorkerSurroundings;
  readonly #places = new Set<Place>();
  #wanted: readonly WorkerSpec[] = [];

  constructor(surroundings: WorkerSurroundings) {
    this.#surroundings = surroundings;
  }

  /** The running worker of a model, or a new one. Throws `not_found` where the model is not in the cache. */
  of(spec: WorkerSpec): { worker: ModelWorker; model: LocalModel } {
    const model = findLocalModel(spec.hub, spec.model);
    if (model === undefined) throw modelMissing(spec);
    const place = [...this.#places].find((one) => isDeepStrictEqual(one.spec, spec) && !one.worker.isOver);
    return { worker: (place ?? this.#start(spec, model)).worker, model };
  }

  /** The models of the configuration. The workers of others end when they are idle. */
  keep(wanted: readonly WorkerSpec[]): void {
    this.#wanted = wanted;
    for (const place of this.#places) {
      place.isWanted = this.#isWanted(place.spec);
      this.#settle(place);
    }
  }

  [Symbol.dispose](): void {
    for (const place of [...this.#places]) {
      place.cancelTimer?.();
      place.worker.end();
    }
  }

  #start(spec: WorkerSpec, { folder, kind, contextTokens }: LocalModel): Place {
    const { device } = spec;
    const options = {
      folder,
      kind,
      ...(device !== undefined && { device }),
      ...(contextTokens !== undefined && { contextTokens }),
    };
    const worker = new ModelWorker(spec, options, this.#surroundings, () => this.#settle(place));
    const place: Place = { spec, worker, isWanted: this.#isWanted(spec) };
    this.#places.add(place);
    return place;
  }

  #isWanted(spec: WorkerSpec): boolean {
    return this.#wanted.some((one) => isDeepStrictEqual(one, spec));
  }

  #settle(place: Place): void {
    place.cancelTimer?.();
    delete place.cancelTimer;
    if (place.worker.isOver) {
      this.#places.delete(place);
    } else if (!place.isWanted && place.worker.isIdle) {
      place.cancelTimer = this.#surroundings.clock.after(lingerMs, () => {
        if (place.worker.isIdle) place.worker.end();
      });
    }
  }
}
