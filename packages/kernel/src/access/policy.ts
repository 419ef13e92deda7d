import type { Permission } from '@aios/protocol';
import type { AccessRequest, Policy, Verdict } from '../syscall/index.ts';
import { type Conditions, splitConditions } from './conditions.ts';
import { compilePattern, type Matcher } from './pattern.ts';

/** deny: `!`; ask: `?`; allow: neither. */
type Effect = Verdict['kind'];

interface Grant {
  readonly permission: Permission;
  readonly effect: Effect;
  readonly action: string;
  /** Absent: any target. */
  readonly matches: Matcher | undefined;
  /** Absent: any arguments. */
  readonly conditions: Conditions | undefined;
}

/** One layer compiled: grants by exact action, by family (`storage.*`) and for everything (`*`). */
type CompiledLayer = ReadonlyMap<string, readonly Grant[]>;

const allow: Verdict = { kind: 'allow' };
const deny: Verdict = { kind: 'deny' };

function parseGrant(permission: Permission): Grant {
  const effect = permission.startsWith('!') ? 'deny' : permission.startsWith('?') ? 'ask' : 'allow';
  const { rest, conditions } = splitConditions(effect === 'allow' ? permission : permission.slice(1));
  const colon = rest.indexOf(':');
  const [action, matches] =
    colon === -1 ? [rest, undefined] : [rest.slice(0, colon), compilePattern(rest.slice(colon + 1))];
  return { permission, effect, action, matches, conditions };
}

function compileLayer(permissions: readonly Permission[]): CompiledLayer {
  return Map.groupBy(permissions.map(parseGrant), (grant) => grant.action);
}

/** The grants of a layer that speak of an action or of the system call itself. */
function grantsFor(layer: CompiledLayer, { action, call }: AccessRequest): readonly Grant[] {
  const family = `${action.slice(0, action.indexOf('.'))}.*`;
  const keys = new Set([action, call ?? action, family, '*']);
  return [...keys].flatMap((key) => layer.get(key) ?? []);
}

/** What is not known of a call counts as what is worse: a grant does not cover it, and a prohibition does. */
function covers({ effect, matches, conditions }: Grant, { target, given }: AccessRequest): boolean {
  const isWorse = effect !== 'allow';
  if (matches !== undefined && !(target === undefined ? isWorse : matches(target))) return false;
  return conditions === undefined || (given === undefined ? isWorse : conditions(given));
}

/** `!` before `?` before a plain grant; nothing is nothing. */
function judgeLayer(grants: readonly Grant[], request: AccessRequest): Verdict {
  let isAllowed = false;
  let asked: Permission[] | undefined;
  for (const grant of grants) {
    if (!covers(grant, request)) continue;
    if (grant.effect === 'deny') return deny;
    if (grant.effect === 'allow') isAllowed = true;
    else asked = [...(asked ?? []), grant.permission];
  }
  if (asked !== undefined) return { kind: 'ask', permissions: asked };
  return isAllowed ? allow : deny;
}

class LayeredPolicy implements Policy {
  readonly layers: readonly (readonly Permission[])[];
  readonly #compiled: readonly CompiledLayer[];
  /** What each layer has for an action or a call. These are those of the table of system calls, so they are few. */
  readonly #byAction = new Map<string, readonly (readonly Grant[])[]>();

  constructor(layers: readonly (readonly Permission[])[]) {
    this.layers = layers;
    this.#compiled = layers.map(compileLayer);
  }

  allows(action: string, target: string | undefined): boolean {
    return this.judge({ action, target }).kind === 'allow';
  }

  judge(request: AccessRequest): Verdict {
    let asked: readonly Permission[] | undefined;
    for (const grants of this.#grantsFor(request)) {
      const verdict = judgeLayer(grants, request);
      if (verdict.kind === 'deny') return verdict;
      if (verdict.kind === 'ask') asked = [...(asked ?? []), ...verdict.permissions];
    }
    return asked === undefined ? allow : { kind: 'ask', permissions: [...new Set(asked)] };
  }

  mayAllow(action: string, target: string): boolean {
    const request = { action, target };
    return this.#grantsFor(request).every((grants) => {
      const about = grants.filter(({ matches }) => matches === undefined || matches(target));
      if (about.some(({ effect, conditions }) => effect === 'deny' && conditions === undefined)) return false;
      return about.some(({ effect }) => effect !== 'deny');
    });
  }

  #grantsFor(request: AccessRequest): readonly (readonly Grant[])[] {
    const { action, call = action } = request;
    const key = call === action ? action : `${action} ${call}`;
    const known = this.#byAction.get(key);
    if (known !== undefined) return known;
    const found = this.#compiled.map((layer) => grantsFor(layer, request));
    this.#byAction.set(key, found);
    return found;
  }
}

/**
 * A policy of these layers. No layer at all would allow everything, so that is refused. Throws `invalid_argument` for a
 * permission whose conditions make no sense.
 */
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
