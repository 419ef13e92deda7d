import type { Caller } from '../syscall/index.ts';
import type { CoreSet } from './core-set.ts';
import { createAliases, type ModelAliases } from './settings/index.ts';

interface NamesModel {
  model?: string | undefined;
  orDefault?: boolean | undefined;
}

/** A key keeps its object of aliases for as long as it lives. */
const ownAliases = new WeakMap<object, ModelAliases>();
const none: ModelAliases = () => undefined;

/**
 * The input with the model that will really be asked: by the aliases of the caller’s key, as a model or group, by the aliases
 * of the configuration, then as the default where the input allows that. For the default a caller who may ask any model
 * has no name put in, so that other models stand in for it as for calls that name none.
 */
export function resolveModel<Input extends NamesModel>(
  input: Input,
  action: string,
  caller: Caller,
  cores: CoreSet,
): Input {
  const { model, orDefault } = input;
  if (model === undefined) return input;
  const name = cores.resolve(model, aliasesOf(caller));
  if (cores.has(name) || orDefault !== true) return name === model ? input : { ...input, model: name };
  const { model: _, ...rest } = input;
  return (caller.policy.allows(action, undefined) ? rest : { ...rest, model: cores.defaultName }) as Input;
}

function aliasesOf({ key }: Caller): ModelAliases {
  if (key === undefined) return none;
  const known = ownAliases.get(key.aliases);
  if (known !== undefined) return known;
  const made = createAliases(key.aliases);
  ownAliases.set(key.aliases, made);
  return made;
}
