import { AiosError } from '@aios/protocol';
import { nearestNames } from '../config/index.ts';
import type { Core } from './core.ts';
import {
  createStrategy,
  type Demand,
  type LoadOf,
  orderCores,
  type Patience,
  refusal,
  type Strategy,
  type StrategyName,
  shortfallOf,
} from './routing/index.ts';
import type { GroupSettings, ModelAliases } from './settings/index.ts';

interface CoreSetOptions {
  readonly cores: readonly Core[];
  readonly groups: readonly GroupSettings[];
  /** A model or a group; the first model when absent. */
  readonly defaultName: string | undefined;
  /** For calls that name neither. */
  readonly strategy: StrategyName;
  readonly patience: Patience;
  readonly loadOf: LoadOf;
  /** Other names of models and groups. */
  readonly aliases?: ModelAliases;
}

interface Group {
  readonly cores: readonly Core[];
  readonly strategy: Strategy;
}

/** The cores and groups of one configuration. Never changes: a reload makes a new set. */
export class CoreSet {
  readonly byName: ReadonlyMap<string, Core>;
  readonly default: Core;
  readonly patience: Patience;
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #usual: Group;
  readonly #aliases: ModelAliases;
  readonly #defaultName: string;

  /** Throws `not_found` when no core goes by the name of the default or of a group’s model. */
  constructor({ cores, groups, defaultName, strategy, patience, loadOf, aliases }: CoreSetOptions) {
    this.byName = new Map(cores.map((core) => [core.settings.name, core]));
    this.patience = patience;
    this.#aliases = aliases ?? (() => undefined);
    this.#groups = new Map(
      groups.map((group) => [
        group.name,
        {
          cores: group.models.map((name) => this.#core(name)),
          strategy: createStrategy(group.strategy, loadOf),
        },
      ]),
    );
    const first = cores.find((core) => core.settings.capabilities.includes('chat')) ?? cores[0];
    if (first === undefined) throw new AiosError('failed_precondition', 'No model is configured.');
    const usual = defaultName === undefined ? [first] : this.#named(defaultName).cores;
    this.default = usual[0] ?? first;
    this.#defaultName = defaultName ?? this.default.settings.name;
    this.#usual =
      (defaultName !== undefined && this.#groups.get(defaultName)) ||
      usualGroup(this.default, cores, createStrategy(strategy, loadOf));
  }

  /**
   * The cores that can answer a call for this model or group, in the order in which to try them; for no name, any that is
   * configured. At least one. Throws `failed_precondition` where none can, saying why and which other can.
   */
  candidates(name: string | undefined, demand: Demand): readonly Core[] {
    const { cores, strategy } = name === undefined ? this.#usual : this.#named(name);
    const able = ableFor(cores, demand);
    const comparable = demand.needs.includes('embed') ? ofOneModel(able, this.default) : able;
    if (comparable.length === 0) throw refusal(cores, this.byName.values(), demand);
    return orderCores(comparable, strategy, demand, this.patience.fallbackWaitMs);
  }

  /** Those of the cores asked for that can answer a call, in no order. Throws `not_found` for an unknown name. */
  able(name: string | undefined, demand: Demand): readonly Core[] {
    const { cores } = name === undefined ? this.#usual : this.#named(name);
    return cores.filter((core) => shortfallOf(core, demand) === undefined);
  }

  /** The model or group that a name stands for, by the caller’s own aliases first; the name itself where nothing knows it. */
  resolve(name: string, own: ModelAliases): string {
    const wanted = own(name) ?? name;
    if (this.#groups.has(wanted) || this.byName.has(wanted)) return wanted;
    return this.#aliases(wanted) ?? wanted;
  }

  has(name: string): boolean {
    return this.#groups.has(name) || this.byName.has(name);
  }

  /** Name of the model or group that answers calls which name none. */
  get defaultName(): string {
    return this.#defaultName;
  }

  #core(name: string): Core {
    const core = this.byName.get(name);
    if (core === undefined) throw unknown(name, [...this.byName.keys()]);
    return core;
  }

  #named(name: string): Group {
    const group = this.#groups.get(name);
    if (group !== undefined) return group;
    const core = this.byName.get(name);
    if (core === undefined) throw unknown(name, [...this.byName.keys(), ...this.#groups.keys()]);
    return { cores: [core], strategy: single };
  }
}

/** Those that hold the whole conversation; where none does and it may be made to fit, those that can answer otherwise. */
function ableFor(cores: readonly Core[], demand: Demand): readonly Core[] {
  const able = cores.filter((core) => shortfallOf(core, demand) === undefined);
  if (able.length > 0 || demand.canShrink !== true) return able;
  return cores.filter((core) => shortfallOf(core, { ...demand, contextTokens: 0 }) === undefined);
}

const single: Strategy = { order: (cores) => cores };

/**
 * The default, then the other models of the configuration. The offline model, which does not reason, answers calls that name
 * none only where it is the default: it never stands in for a model that failed.
 */
function usualGroup(first: Core, cores: readonly Core[], strategy: Strategy): Group {
  const others = cores.filter(
    ({ settings }) =>
      settings !== first.settings && !settings.isExtra && settings.provider.dialect !== 'offline',
  );
  return { cores: [first, ...others], strategy };
}

/**
 * Vectors of different models cannot be compared, so embeddings stay with one: a model made for them where there is one,
 * else the default, else the first that can.
 */
function ofOneModel(cores: readonly Core[], usual: Core): readonly Core[] {
  const dedicated = cores.find((core) => !core.settings.capabilities.includes('chat'));
  const chosen = dedicated ?? (cores.includes(usual) ? usual : cores[0]);
  return cores.filter((core) => core.settings.model === chosen?.settings.model);
}

function unknown(name: string, known: readonly string[]): AiosError {
  const [meant] = nearestNames(name, known, 1);
  return new AiosError(
    'not_found',
    `There is no model "${name}".${meant ? ` Did you mean "${meant}"?` : ''} Known: ${known.join(', ')}.`,
    { details: { model: name, known } },
  );
}
