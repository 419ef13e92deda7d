import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from './driver.ts';
import { retryDelayMs } from './openai-retry.ts';
import { type Message, replay } from './replay.ts';

export interface ClientOptions {
  readonly origin: string;
  readonly model: string;
  readonly timeScale: number;
}

/** Programs that ask the engine themselves. A refused call is tried again on the schedule of OpenAI’s client until it succeeds. */
export function openClients({ origin, model, timeScale }: ClientOptions): Driver {
  const agent = new Agent({ keepAlive: true });
  const ask = async (messages: readonly Message[]): Promise<string> => {
    const body = JSON.stringify({ model, messages });
    for (let retry = 0; ; retry += 1) {
      const { status, text } = await post(`${origin}/v1/chat/completions`, body, agent);
      if (status === 200) return JSON.parse(text).choices[0].message.content;
      if (status !== 429) throw new Error(`The engine answered ${status}: ${text}`);
      await sleep(retryDelayMs(retry, Math.random) / timeScale);
    }
  };
  return {
    run: (program) => replay(program, ask, (milliseconds) => sleep(milliseconds / timeScale)),
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
}

function post(url: string, body: string, agent: Agent): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('error', reject);
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
    });
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}
