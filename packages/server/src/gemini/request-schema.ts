import { jsonObject, jsonValue } from '@aios/protocol';
import { z } from 'zod';
import { camelKey } from './camel-key.ts';

// What of a generateContent request is translated (https://ai.google.dev/api/generate-content). Google takes names in camel
// case and in snake case; `camelCase` makes one of them.

/** Keys inside these are the user’s own. */
const opaque = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
]);

/** The value with Google’s own keys in camel case. */
export function camelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const name = camelKey(key);
      return [name, opaque.has(name) ? entry : camelCase(entry)];
    }),
  );
}

const blob = z.object({ mimeType: z.string(), data: z.string(), displayName: z.string().optional() });
const part = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  inlineData: blob.optional(),
  fileData: z.object({ mimeType: z.string().optional(), fileUri: z.string() }).optional(),
  functionCall: z
    .object({ id: z.string().optional(), name: z.string(), args: jsonObject.nullish() })
    .optional(),
  functionResponse: z
    .object({ id: z.string().optional(), name: z.string(), response: jsonValue.optional() })
    .optional(),
});
export type Part = z.infer<typeof part>;

const content = z.object({ role: z.string().nullish(), parts: z.array(part).default([]) });
export type Content = z.infer<typeof content>;

const functionDeclaration = z.looseObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
  parametersJsonSchema: jsonObject.nullish(),
});

/** What no translation can keep. */
function untranslatable(message: string, isHarmless: (value: unknown) => boolean = () => false) {
  return z
    .unknown()
    .refine(
      (value) => value == null || isHarmless(value),
      `${message} Ask one of Google’s own models, or leave it out.`,
    )
    .optional();
}

const textOnly = z.array(z.enum(['TEXT', 'MODALITY_UNSPECIFIED']));

const generationConfig = z.looseObject({
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  topK: z.number().positive().nullish(),
  maxOutputTokens: z.number().int().positive().nullish(),
  stopSequences: z.array(z.string()).max(16).nullish(),
  seed: z.number().int().nullish(),
  candidateCount: z.literal(1, 'must be 1: this kernel gives one candidate').nullish(),
  presencePenalty: z.number().min(-2).max(2).nullish(),
  frequencyPenalty: z.number().min(-2).max(2).nullish(),
  responseLogprobs: untranslatable('log probabilities are not translated.', (value) => value === false),
  logprobs: untranslatable('log probabilities are not translated.', (value) => value === 0),
  responseModalities: untranslatable('replies are text.', (value) => textOnly.safeParse(value).success),
  responseMimeType: z.string().nullish(),
  responseSchema: jsonObject.nullish(),
  responseJsonSchema: jsonObject.nullish(),
  thinkingConfig: z
    .looseObject({
      includeThoughts: z.boolean().nullish(),
      thinkingBudget: z.number().int().nullish(),
      thinkingLevel: z.string().nullish(),
    })
    .nullish(),
});

export const generateRequest = z.looseObject({
  contents: z
    .union([z.array(content), content.transform((single) => [single])])
    .refine((list) => list.length > 0, 'at least one content is required'),
  systemInstruction: content.nullish(),
  cachedContent: untranslatable('nothing is cached here: send the whole content.'),
  continuationToken: untranslatable('a generation cannot be gone on with here.'),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(functionDeclaration).nullish() })).nullish(),
  toolConfig: z
    .looseObject({
      functionCallingConfig: z
        .looseObject({ mode: z.string().nullish(), allowedFunctionNames: z.array(z.string()).nullish() })
        .nullish(),
    })
    .nullish(),
  generationConfig: generationConfig.nullish(),
});
export type GenerateRequest = z.infer<typeof generateRequest>;

/** The body of countTokens: contents, or a whole request. */
export const countRequest = z.union([
  z.object({ generateContentRequest: generateRequest }).transform((body) => body.generateContentRequest),
  generateRequest,
]);

const embedContent = z.looseObject({
  content,
  outputDimensionality: z.number().int().positive().nullish(),
});
export const embedRequest = embedContent;
export const batchEmbedRequest = z.object({ requests: z.array(embedContent).min(1).max(2048) });
