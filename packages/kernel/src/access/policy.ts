import type { Permission } from '@aios/protocol';
import type { Policy } from '../syscall/index.ts';
import { compilePattern, type Matcher } from './pattern.ts';

interface Grant {
  readonly action: string;
  /** Absent: any target. */
  readonly matches?: Matcher;
}

/** One layer compiled: grants by exact action, by family (`storage.*`) and for everything (`*`). */
type CompiledLayer = ReadonlyMap<string, readonly Grant[]>;

function parseGrant(permission: Permission): Grant {
  const colon = permission.indexOf(':');
  if (colon === -1) return { action: permission };
  return { action: permission.slice(0, colon), matches: compilePattern(permission.slice(colon + 1)) };
}

function compileLayer(permissions: readonly Permission[]): CompiledLayer {
  return Map.groupBy(permissions.map(parseGrant), (grant) => grant.action);
}

/** The grants of a layer that speak of an action. */
function grantsFor(layer: CompiledLayer, action: string): readonly Grant[] {
  const family = `${action.slice(0, action.indexOf('.'))}.*`;
  return [action, family, '*'].flatMap((key) => layer.get(key) ?? []);
}

function someAllows(grants: readonly Grant[], target: string | undefined): boolean {
  return grants.some(({ matches }) => matches === undefined || (target !== undefined && matches(target)));
}

class LayeredPolicy implements Policy {
  readonly layers: readonly (readonly Permission[])[];
  readonly #compiled: readonly CompiledLayer[];
  /** What each layer has for an action. Actions are those of the table of system calls, so they are few. */
  readonly #byAction = new Map<string, readonly (readonly Grant[])[]>();

  constructor(layers: readonly (readonly Permission[])[]) {
    this.layers = layers;
    this.#compiled = layers.map(compileLayer);
  }

  allows(action: string, target: string | undefined): boolean {
    for (const grants of this.#grantsFor(action)) if (!someAllows(grants, target)) return false;
    return true;
  }

  #grantsFor(action: string): readonly (readonly Grant[])[] {
    const known = this.#byAction.get(action);
    if (known !== undefined) return known;
    const found = this.#compiled.map((layer) => grantsFor(layer, action));
    this.#byAction.set(action, found);
    return found;
  }
}

/** A policy of these layers. No layer at all would allow everything, so that is refused. */
export function createPolicy(layers: readonly (readonly Permission[])[]): Policy {
  if (layers.length === 0)
    throw new RangeError('A policy needs at least one layer; an empty layer denies everything.');
  return new LayeredPolicy(layers);
}

/** The policy with one more layer: what both allow. A layer that is there already is not added again. */
export function narrowPolicy(policy: Policy, layer: readonly Permission[]): Policy {
  const text = JSON.stringify(layer);
  if (policy.layers.some((present) => JSON.stringify(present) === text)) return policy;
  return createPolicy([...policy.layers, layer]);
}

/** What both policies allow. */
export function joinPolicies(one: Policy, other: Policy): Policy {
  return other.layers.reduce(narrowPolicy, one);
}
