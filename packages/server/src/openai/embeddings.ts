import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { answerOnce, bytesOf, type Dialect, readBody } from '../dialect/index.ts';
import type { FaceContext } from '../face.ts';
import { forwardRequest } from '../forward/index.ts';
import { sessionOf } from '../guard/index.ts';
import { readTexts, textInput } from './texts.ts';

const embeddingBody = z.looseObject({
  model: z.string().nullish(),
  input: textInput,
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.number().nullish(),
  user: z.string().nullish(),
});

/** POST /v1/embeddings. */
export function addEmbeddingRoute(scope: FastifyInstance, context: FaceContext, dialect: Dialect): void {
  scope.post('/v1/embeddings', async (request, reply) => {
    const forwarding = { format: 'openai-embeddings', body: bytesOf(request).toString(), dialect } as const;
    if (await forwardRequest(request, reply, forwarding, context)) return reply;
    const { model, input, encoding_format: format, dimensions, user } = readBody(request, embeddingBody);
    const texts = await readTexts(input);
    const {
      vectors,
      usage,
      model: answered,
    } = await answerOnce(reply, context, (signal) =>
      sessionOf(request).call(
        'llm.embed',
        {
          ...(model != null && { model }),
          orDefault: true,
          texts,
          ...(dimensions != null && { dimensions }),
          ...(user != null && { user }),
        },
        { signal },
      ),
    );
    const encode = format === 'base64' ? base64Of : (vector: number[]) => vector;
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encode(vector) })),
      model: model ?? answered,
      usage: { prompt_tokens: usage.inputTokens, total_tokens: usage.inputTokens },
    };
  });
}

/** 32-bit floats, little end first, which is what OpenAI’s clients decode (and ask for, unless told otherwise). */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => void bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}
