import { goOn, type ScriptedRequest } from '../scripted-model/index.ts';
import { sendTurn } from './reply.ts';
import { sendError } from './send.ts';
import type { Exchange, ReplyFormat, ServedModel, WireError, WireServerOptions } from './vendor.ts';

/** Answers a chat request with what the script says; `refused` is what the vendor has against it. */
export async function answerChat(
  exchange: Exchange,
  request: ScriptedRequest,
  format: ReplyFormat,
  refused: WireError | undefined,
): Promise<void> {
  if (!knowsModel(exchange, request.model)) return;
  if (refused !== undefined) {
    sendError(exchange, refused);
    return;
  }
  const turn = exchange.options.script(request);
  if (turn !== undefined) {
    await sendTurn(exchange, goOn(turn, request.begun), request, format);
    return;
  }
  const last = request.messages.at(-1)?.text ?? '';
  sendError(exchange, { status: 500, message: `The script has no answer to: ${last}` });
}

/** Whether the server has the model; the refusal is sent where it has not. */
export function knowsModel(exchange: Exchange, model: string): boolean {
  const { options, vendor } = exchange;
  if (options.models === undefined || findModel(options, model)) return true;
  sendError(exchange, vendor.unknownModel(model));
  return false;
}

/** The models that the server lists. */
export function servedModels({ models = [] }: WireServerOptions): Required<ServedModel>[] {
  return models.map((model) => ({
    contextWindow: 8192,
    capabilities: ['completion', 'tools'],
    ...(typeof model === 'string' ? { name: model } : model),
  }));
}

/** The model of this name; undefined where the server does not list it. */
export function findModel(options: WireServerOptions, name: string): Required<ServedModel> | undefined {
  return servedModels(options).find((model) => model.name === name);
}
