// The interface of OpenAI, for its official clients and for all that is built on them: chat completions, completions,
// embeddings, models. docs/openai-api.md says what becomes of every parameter.

import { type Dialect, registerDialect } from '../dialect/index.ts';
import type { RegisterFace } from '../face.ts';
import { addChatRoute } from './chat/index.ts';
import { addCompletionRoute } from './completions.ts';
import { addEmbeddingRoute } from './embeddings.ts';
import { errorBody, errorFrame } from './errors.ts';
import { addModelRoutes } from './models.ts';

const openaiDialect: Dialect = { errorBody, errorFrame };

export const registerOpenAi: RegisterFace = (app, context) => {
  registerDialect(app, context, openaiDialect, (scope) => {
    addChatRoute(scope, context, openaiDialect);
    addCompletionRoute(scope, context, openaiDialect);
    addEmbeddingRoute(scope, context, openaiDialect);
    addModelRoutes(scope);
  });
};
