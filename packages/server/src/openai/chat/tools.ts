import type { ChatRequest, ToolSpecification } from '@aios/protocol';
import type { ChatBody, FunctionDefinition } from './body.ts';

type Offer = Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'>;

/**
 * Tools and what the model may do with them. Kinds of tools that a provider would run itself, such as `web_search`, are left
 * out: a client that offers one does without it where it is not there.
 */
export function toOffer(body: ChatBody): Offer {
  const { parallel_tool_calls: parallel } = body;
  if (body.functions != null)
    return { ...offerOf(body.functions, oldChoice(body)), parallelToolCalls: false };
  const functions = (body.tools ?? []).flatMap((tool) =>
    tool.type === 'function' && tool.function !== undefined ? [tool.function] : [],
  );
  const { names, choice } = choiceOf(body.tool_choice);
  const allowed = names === undefined ? functions : functions.filter(({ name }) => names.includes(name));
  return { ...offerOf(allowed, choice), ...(parallel != null && { parallelToolCalls: parallel }) };
}

function offerOf(functions: readonly FunctionDefinition[], choice: ChatRequest['toolChoice']): Offer {
  if (functions.length === 0) return {};
  return { tools: functions.map(toTool), ...(choice !== undefined && { toolChoice: choice }) };
}

function toTool({ name, description, parameters, strict }: FunctionDefinition): ToolSpecification {
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
  if (choice.function !== undefined) return { choice: { tool: choice.function.name } };
  if (choice.allowed_tools === undefined) return { choice: undefined };
  const { mode, tools } = choice.allowed_tools;
  return { names: tools.flatMap((tool) => tool.function?.name ?? []), choice: mode };
}
