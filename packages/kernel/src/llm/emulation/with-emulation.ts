import type { ChatRequest } from '@aios/protocol';
import type { Driver, DriverCall, DriverReply } from '../driver.ts';
import type { Capability, Quirks } from '../providers/provider.ts';
import { chatWithJson } from './json/index.ts';
import { withSingleToolCall } from './single-tool-call.ts';
import { chatWithTools } from './tools/index.ts';

export type Chat = (request: ChatRequest, call: DriverCall) => Promise<DriverReply>;

export interface EmulationOptions {
  /** What the model can do by itself. */
  capabilities: readonly Capability[];
  quirks: Pick<Quirks, 'jsonWithoutSchema'>;
}

/** The driver, able to call tools, one only where asked, and to reply in JSON whatever its model can do. Other calls pass. */
export function withEmulation(driver: Driver, { capabilities, quirks }: EmulationOptions): Driver {
  const lacksTools = !capabilities.includes('tools');
  const isNative = capabilities.includes('json');
  const plain = withSingleToolCall(driver.chat);
  const withTools: Chat = (request, call) =>
    lacksTools && speaksOfTools(request) ? chatWithTools(driver.chat, request, call) : plain(request, call);
  return {
    chat: (request, call) =>
      request.responseFormat === undefined
        ? withTools(request, call)
        : chatWithJson(withTools, request, call, {
            isNative: isNative && !(lacksTools && speaksOfTools(request)),
            tellsSchema: quirks.jsonWithoutSchema === true,
          }),
    embed: driver.embed,
    ...(driver.forward && { forward: driver.forward }),
  };
}

function speaksOfTools({ tools = [], messages }: ChatRequest): boolean {
  return (
    tools.length > 0 ||
    messages.some(
      (message) =>
        message.role === 'tool' || (message.role === 'assistant' && (message.toolCalls?.length ?? 0) > 0),
    )
  );
}
