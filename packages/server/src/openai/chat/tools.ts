import type { ChatRequest, ToolSpecification } from '@aios/protocol';
import { asFunction } from '../custom-tools.ts';
import type { BodyTool, ChatBody, FunctionDefinition } from './body.ts';

type Offer = Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'>;

/**
 * Tools and what the model may do with them. Kinds of tools that a provider would run itself, such as `web_search`, are left
 * out: a client that offers one does without it where it is not there.
 */
export function toOffer(body: ChatBody): Offer {
  const { parallel_tool_calls: parallel } = body;
  if (body.functions != null)
    return { ...offerOf(body.functions.map(ofFunction), oldChoice(body)), parallelToolCalls: false };
  const tools = (body.tools ?? []).flatMap(toTool);
  const { names, choice } = choiceOf(body.tool_choice);
  const allowed = names === undefined ? tools : tools.filter(({ name }) => names.includes(name));
  return { ...offerOf(allowed, choice), ...(parallel != null && { parallelToolCalls: parallel }) };
}

/** Names of the tools that take text; a call of one is told in another form. */
export function customNames({ tools }: ChatBody): ReadonlySet<string> {
  return new Set((tools ?? []).flatMap(({ type, custom }) => (type === 'custom' && custom?.name) || []));
}

function offerOf(tools: ToolSpecification[], choice: ChatRequest['toolChoice']): Offer {
  if (tools.length === 0) return {};
  return { tools, ...(choice !== undefined && { toolChoice: choice }) };
}

function toTool({ type, function: definition, custom }: BodyTool): ToolSpecification[] {
  if (type === 'function' && definition !== undefined) return [ofFunction(definition)];
  if (type !== 'custom' || custom === undefined) return [];
  const { name, description, format } = custom;
  return [asFunction({ name, description, grammar: format?.grammar ?? undefined })];
}

function ofFunction({ name, description, parameters, strict }: FunctionDefinition): ToolSpecification {
  return {
    name,
    description: description ?? '',
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(strict != null && { strict }),
  };
}

function oldChoice({ function_call: call }: ChatBody): ChatRequest['toolChoice'] {
  if (call == null) return undefined;
  return typeof call === 'string' ? call : { tool: call.name };
}

/** `names`: the tools that are offered; all when absent. */
function choiceOf(choice: ChatBody['tool_choice']): {
  names?: string[];
  choice: ChatRequest['toolChoice'];
} {
  if (choice == null) return { choice: undefined };
  if (typeof choice === 'string') return { choice };
  const one = choice.function ?? choice.custom;
  if (one !== undefined) return { choice: { tool: one.name } };
  if (choice.allowed_tools === undefined) return { choice: undefined };
  const { mode, tools } = choice.allowed_tools;
  return { names: tools.flatMap((tool) => (tool.function ?? tool.custom)?.name ?? []), choice: mode };
}
