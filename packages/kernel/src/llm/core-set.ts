import { AiosError } from '@aios/protocol';
import { nearestNames } from '../config/index.ts';
import type { Core } from './core.ts';
import type { Capability } from './providers/provider.ts';

const explanations: Record<Capability, string> = {
  chat: 'cannot chat',
  stream: 'cannot stream',
  tools: 'cannot call tools',
  images: 'cannot see images',
  embed: 'cannot make embeddings',
};

/** The cores of one configuration. Never changes: a reload makes a new set. */
export class CoreSet {
  readonly byName: ReadonlyMap<string, Core>;
  readonly default: Core;

  /** Throws `not_found` when no core goes by the name of the default. */
  constructor(cores: readonly Core[], defaultName: string | undefined) {
    this.byName = new Map(cores.map((core) => [core.settings.name, core]));
    const first = cores.find((core) => core.settings.capabilities.includes('chat')) ?? cores[0];
    if (first === undefined) throw new AiosError('failed_precondition', 'No model is configured.');
    this.default = defaultName === undefined ? first : this.#named(defaultName);
  }

  /** The core that a call asked for, able to do what the call needs. */
  pick(name: string | undefined, needs: readonly Capability[]): Core {
    const core = name === undefined ? this.#usualFor(needs) : this.#named(name);
    const missing = needs.find((need) => !core.settings.capabilities.includes(need));
    if (missing === undefined) return core;
    const able = [...this.byName.values()]
      .filter((other) => needs.every((need) => other.settings.capabilities.includes(need)))
      .map((other) => `"${other.settings.name}"`);
    throw new AiosError(
      'failed_precondition',
      `Model "${core.settings.name}" ${explanations[missing]}. ` +
        (able.length > 0
          ? `These can: ${able.join(', ')}.`
          : 'No configured model can; add one to llms.models.'),
      { details: { model: core.settings.name, missing } },
    );
  }

  /** Embeddings come from a model made for them where there is one, everything else from the default. */
  #usualFor(needs: readonly Capability[]): Core {
    if (!needs.includes('embed')) return this.default;
    const able = [...this.byName.values()].filter((core) => core.settings.capabilities.includes('embed'));
    const dedicated = able.find((core) => !core.settings.capabilities.includes('chat'));
    return dedicated ?? (able.includes(this.default) ? this.default : (able[0] ?? this.default));
  }

  #named(name: string): Core {
    const core = this.byName.get(name);
    if (core !== undefined) return core;
    const known = [...this.byName.keys()];
    const [meant] = nearestNames(name, known, 1);
    throw new AiosError(
      'not_found',
      `There is no model "${name}".${meant ? ` Did you mean "${meant}"?` : ''} Known: ${known.join(', ')}.`,
      { details: { model: name, known } },
    );
  }
}
