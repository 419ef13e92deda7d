import type { ChatReply, ChatRequest } from '@aios/protocol';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { answerOnce, answerStream, callChat, type Dialect, frameOf, readBody } from '../dialect/index.ts';
import type { FaceContext } from '../face.ts';
import { sessionOf } from '../guard/index.ts';
import { finishReasonOf } from './chat/completion.ts';
import { newIdentity, type ReplyIdentity } from './identity.ts';
import { invalidParameter } from './invalid-parameter.ts';
import { readTexts, textInput } from './texts.ts';
import { together } from './together.ts';
import { usageOf } from './usage.ts';

const completionBody = z.looseObject({
  model: z.string().nullish(),
  prompt: textInput.nullish(),
  suffix: z.string().nullish(),
  echo: z.boolean().nullish(),
  best_of: z.number().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  logprobs: z.number().nullish(),
  n: z.number().int().min(1).max(16).nullish(),
  max_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.number().int().nullish(),
  user: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});
type CompletionBody = z.infer<typeof completionBody>;

/** Chat models answer a text; this route’s clients want it carried on. */
const carryOn =
  'Continue the text of the user from exactly where it ends. Write the continuation only, without repeating the text.';

/** One completion that is wanted: of which prompt, and how it is asked for. */
interface Wanted {
  readonly prompt: string;
  readonly request: ChatRequest;
}

/** POST /v1/completions, which OpenAI keeps for old programs. Answered by chat models. */
export function addCompletionRoute(scope: FastifyInstance, context: FaceContext, dialect: Dialect): void {
  scope.post('/v1/completions', async (request, reply) => {
    const body = readBody(request, completionBody);
    refuseUntranslatable(body);
    const wanted = await wantedOf(body);
    const identity = newIdentity('cmpl', body.model ?? 'default');
    const session = sessionOf(request);
    const lead = ({ prompt }: Wanted) => (body.echo === true ? prompt : '');
    if (body.stream !== true) {
      const replies = await answerOnce(reply, context, (signal) =>
        together(wanted, signal, (one, shared) => callChat(session, reply, one.request, { signal: shared })),
      );
      const choices = wanted.map((one, index) => {
        const answered = replies[index];
        return choiceOf(index, lead(one) + (answered?.message.content ?? ''), answered);
      });
      return { ...objectOf(identity, choices), usage: usageOf(replies.map(({ usage }) => usage)) };
    }
    return await answerStream(request, reply, context, dialect, async (stream, signal) => {
      const replies: ChatReply[] = [];
      const includeUsage = body.stream_options?.include_usage === true;
      const send = (choice: object, usage?: object) =>
        stream.send(frameOf({ ...objectOf(identity, [choice]), ...(usage && { usage }) }));
      await together(wanted, signal, async (one, shared, index) => {
        if (lead(one) !== '') send(choiceOf(index, lead(one), undefined));
        const answered = await callChat(session, reply, one.request, {
          signal: shared,
          onChunk: (chunk) => {
            if (chunk.type === 'text-delta') send(choiceOf(index, chunk.text, undefined));
          },
        });
        replies.push(answered);
        const isLast = replies.length === wanted.length && !includeUsage;
        send(choiceOf(index, '', answered), isLast ? usageOf(replies.map(({ usage }) => usage)) : undefined);
      });
      const usage = usageOf(replies.map((answered) => answered.usage));
      if (includeUsage) stream.send(frameOf({ ...objectOf(identity, []), usage }));
      stream.send(frameOf('[DONE]'));
    });
  });
}

function refuseUntranslatable(body: CompletionBody): void {
  const { suffix, logprobs, logit_bias: bias, best_of: best, n } = body;
  const why = 'the chat models that answer here cannot do that; leave it out.';
  if (suffix != null && suffix !== '') throw invalidParameter('suffix', `suffix: ${why}`);
  if (logprobs != null) throw invalidParameter('logprobs', `logprobs: ${why}`);
  if (bias != null && Object.keys(bias).length > 0)
    throw invalidParameter('logit_bias', `logit_bias: ${why}`);
  if (best != null && best > (n ?? 1)) throw invalidParameter('best_of', `best_of: ${why}`);
}

async function wantedOf(body: CompletionBody): Promise<Wanted[]> {
  const prompts = await readTexts(body.prompt ?? '');
  const { n, model, temperature, top_p, presence_penalty, frequency_penalty, max_tokens, seed, user } = body;
  const stop = typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []);
  return prompts.flatMap((prompt) =>
    Array.from({ length: n ?? 1 }, (_, index) => ({
      prompt,
      request: {
        ...(model != null && { model }),
        orDefault: true,
        messages: [
          { role: 'system' as const, content: carryOn },
          { role: 'user' as const, content: prompt },
        ],
        ...(temperature != null && { temperature }),
        ...(top_p != null && { topP: top_p }),
        ...(presence_penalty != null && { presencePenalty: presence_penalty }),
        ...(frequency_penalty != null && { frequencyPenalty: frequency_penalty }),
        ...(max_tokens != null && { maxTokens: max_tokens }),
        ...(stop.length > 0 && { stop }),
        ...(seed != null && { seed: seed + index }),
        ...(user != null && { user }),
      },
    })),
  );
}

function objectOf({ id, created, model }: ReplyIdentity, choices: readonly object[]) {
  return { id, object: 'text_completion', created, model, choices, system_fingerprint: null };
}

function choiceOf(index: number, text: string, reply: ChatReply | undefined): object {
  return {
    index,
    text,
    logprobs: null,
    finish_reason: reply === undefined ? null : finishReasonOf(reply, false),
  };
}
