// The interface of OpenAI, for its official clients and for all that is built on them: chat completions, responses,
// completions, embeddings, models. docs/openai-api.md says what becomes of every parameter.

import { registerDialect } from '../dialect/index.ts';
import type { RegisterFace } from '../face.ts';
import { addChatRoute } from './chat/index.ts';
import { addCompletionRoute } from './completions.ts';
import { addEmbeddingRoute } from './embeddings.ts';
import { openaiDialect } from './errors.ts';
import { addModelRoutes } from './models.ts';
import { addResponsesRoutes } from './responses/index.ts';

export const registerOpenAi: RegisterFace = (app, context) => {
  registerDialect(app, context, openaiDialect, (scope) => {
    addChatRoute(scope, context, openaiDialect);
    addCompletionRoute(scope, context, openaiDialect);
    addEmbeddingRoute(scope, context, openaiDialect);
    addModelRoutes(scope);
    addResponsesRoutes(scope, context);
  });
};
