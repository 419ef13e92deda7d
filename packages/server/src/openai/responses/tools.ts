import type { ChatRequest, JsonObject, ToolSpecification } from '@aios/protocol';
import { jsonObject } from '@aios/protocol';
import { z } from 'zod';
import { asFunction } from '../custom-tools.ts';
import { refuseInvalid } from './refusal.ts';

const functionTool = z.looseObject({
  type: z.literal('function'),
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
  strict: z.boolean().nullish(),
});
const customTool = z.looseObject({
  type: z.literal('custom'),
  name: z.string().min(1),
  description: z.string().nullish(),
  format: z
    .looseObject({ type: z.string(), syntax: z.string().optional(), definition: z.string().optional() })
    .nullish(),
});
const namespaceTool = z.looseObject({
  type: z.literal('namespace'),
  name: z.string().min(1),
  tools: z.array(jsonObject),
});

/** A tool by the name that the client knows it by. */
export interface ToolOrigin {
  readonly name: string;
  readonly namespace?: string;
  /** It takes text instead of JSON. */
  readonly isCustom?: boolean;
}

export interface OfferedTools {
  readonly tools: readonly ToolSpecification[];
  /** The tools by the names that the model sees. */
  readonly origins: ReadonlyMap<string, ToolOrigin>;
}

/** Functions and tools that take text, those of namespaces under joined names. What OpenAI would host itself, such as `web_search`, is left out. */
export function readTools(list: readonly JsonObject[]): OfferedTools {
  const found = list.flatMap((tool, index) => offersOf(tool, `tools[${index}]`, undefined));
  const origins = new Map(found.map(({ tool, origin }) => [tool.name, origin]));
  return { tools: found.map(({ tool }) => tool), origins };
}

interface Offer {
  readonly tool: ToolSpecification;
  readonly origin: ToolOrigin;
}

function offersOf(tool: JsonObject, at: string, namespace: string | undefined): Offer[] {
  if (tool.type === 'namespace' && namespace === undefined) {
    const { data, error } = namespaceTool.safeParse(tool);
    if (error) throw refuseInvalid(error, at);
    return data.tools.flatMap((inner, index) => offersOf(inner, `${at}.tools[${index}]`, data.name));
  }
  const within = namespace !== undefined ? { namespace } : {};
  if (tool.type === 'custom') return [customOffer(tool, at, within)];
  return tool.type === 'function' ? [functionOffer(tool, at, within)] : [];
}

function customOffer(tool: JsonObject, at: string, within: Pick<ToolOrigin, 'namespace'>): Offer {
  const { data, error } = customTool.safeParse(tool);
  if (error) throw refuseInvalid(error, at);
  const { name, description, format } = data;
  const { syntax, definition } = format ?? {};
  const origin = { name, ...within, isCustom: true };
  const grammar = syntax === undefined || definition === undefined ? undefined : { syntax, definition };
  return { tool: asFunction({ name: offeredName(origin), description, grammar }), origin };
}

function functionOffer(tool: JsonObject, at: string, within: Pick<ToolOrigin, 'namespace'>): Offer {
  const { data, error } = functionTool.safeParse(tool);
  if (error) throw refuseInvalid(error, at);
  const { name, description, parameters, strict } = data;
  const origin = { name, ...within };
  const specification = {
    name: offeredName(origin),
    description: description ?? '',
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' && { strict }),
  };
  return { tool: specification, origin };
}

/** The name that the model sees. */
export function offeredName({ name, namespace }: ToolOrigin): string {
  if (namespace === undefined) return name;
  return namespace.endsWith('__') ? `${namespace}${name}` : `${namespace}__${name}`;
}

const choiceOfTool = z.looseObject({
  type: z.string(),
  name: z.string().nullish(),
  namespace: z.string().nullish(),
  mode: z.enum(['auto', 'required']).nullish(),
  tools: z.array(jsonObject).nullish(),
});
const choiceOfMode = z.enum(['auto', 'none', 'required']);

/** The tools that the model may call and whether it must. A choice among tools that were left out is no choice. */
export function chooseTools(
  { tools, origins }: OfferedTools,
  choice: string | JsonObject | null | undefined,
): Pick<ChatRequest, 'tools' | 'toolChoice'> {
  if (tools.length === 0) return {};
  const offered = { tools: [...tools] };
  if (choice === null || choice === undefined) return offered;
  if (typeof choice === 'string') {
    const { data, error } = choiceOfMode.safeParse(choice);
    if (error) throw refuseInvalid(error, 'tool_choice');
    return { ...offered, toolChoice: data };
  }
  const { data, error } = choiceOfTool.safeParse(choice);
  if (error) throw refuseInvalid(error, 'tool_choice');
  if (data.type === 'allowed_tools') return allow(tools, data.tools ?? [], data.mode ?? 'auto');
  const name = nameOf(data);
  const isOffered = (data.type === 'function' || data.type === 'custom') && origins.has(name);
  return isOffered ? { ...offered, toolChoice: { tool: name } } : offered;
}

function allow(
  tools: readonly ToolSpecification[],
  allowed: readonly JsonObject[],
  mode: 'auto' | 'required',
): Pick<ChatRequest, 'tools' | 'toolChoice'> {
  const names = new Set(allowed.map((tool) => nameOf(choiceOfTool.parse({ type: '', ...tool }))));
  const remaining = tools.filter(({ name }) => names.has(name));
  return remaining.length === 0 ? {} : { tools: remaining, toolChoice: mode };
}

function nameOf({ name, namespace }: z.infer<typeof choiceOfTool>): string {
  return offeredName({ name: name ?? '', ...(namespace ? { namespace } : {}) });
}
