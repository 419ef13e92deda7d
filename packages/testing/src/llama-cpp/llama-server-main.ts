// A program: llama.cpp behind OpenAI’s chat completions, with `continue_final_message` as its own server has it since May 2026.
// Arguments: the folder of node-llama-cpp, the model file. Tells its port to the process that started it.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { type Counts, generate } from './generation.ts';
import { loadModel } from './library.ts';

const [folder = '', modelPath = ''] = process.argv.slice(2);
const chatRequest = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  stream: z.boolean().default(false),
  max_tokens: z.number().int().positive().default(64),
  continue_final_message: z.boolean().default(false),
});

const loaded = await loadModel(folder, modelPath);
// One thread: the threads of llama.cpp wait for each other by spinning, which takes ages on a busy machine.
const context = await loaded.model.createContext({ contextSize: 2048, threads: 1 });
const sequence = context.getSequence();
let turn: Promise<unknown> = Promise.resolve();

const server = createServer((incoming, response) => {
  const answer = async () => {
    const parsed = chatRequest.safeParse(await json(incoming));
    if (!parsed.success) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: z.prettifyError(parsed.error), code: 400 } }));
      return;
    }
    await complete(parsed.data, response);
  };
  turn = turn.then(answer).catch((error: unknown) => response.destroy(Error(String(error))));
});

async function complete(request: z.infer<typeof chatRequest>, response: ServerResponse): Promise<void> {
  let counts: Counts = { promptTokens: 0, cachedTokens: 0, generatedTokens: 0, isCut: true };
  const head = { id: 'chatcmpl-1', created: 1, model: request.model };
  const send = (choices: unknown[], usage?: object) => {
    const chunk = { ...head, object: 'chat.completion.chunk', choices, ...(usage && { usage }) };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  if (request.stream) response.writeHead(200, { 'content-type': 'text/event-stream' });
  let whole = '';
  const pieces = generate(
    loaded,
    sequence,
    { messages: request.messages, maxTokens: request.max_tokens, goesOn: request.continue_final_message },
    (begun) => {
      counts = begun;
    },
  );
  for await (const content of pieces) {
    if (response.destroyed) return;
    whole += content;
    if (request.stream) send([{ index: 0, delta: { content }, finish_reason: null }]);
  }
  const reason = counts.isCut ? 'length' : 'stop';
  const usage = {
    prompt_tokens: counts.promptTokens,
    completion_tokens: counts.generatedTokens,
    total_tokens: counts.promptTokens + counts.generatedTokens,
    prompt_tokens_details: { cached_tokens: counts.cachedTokens },
  };
  if (request.stream) {
    send([{ index: 0, delta: {}, finish_reason: reason }]);
    send([], usage);
    response.end('data: [DONE]\n\n');
    return;
  }
  const message = { role: 'assistant', content: whole };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: reason }],
      usage,
    }),
  );
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(server.address());
