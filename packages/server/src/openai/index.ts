// The interface of OpenAI, for its official clients and for all that is built on them: models, responses.

import { registerDialect } from '../dialect/index.ts';
import type { RegisterFace } from '../face.ts';
import { openaiDialect } from './errors.ts';
import { addForwardedChat } from './forwarded-chat.ts';
import { addModelRoutes } from './models.ts';
import { addResponsesRoutes } from './responses/index.ts';

export const registerOpenAi: RegisterFace = (app, context) => {
  registerDialect(app, context, openaiDialect, (scope) => {
    addModelRoutes(scope);
    addForwardedChat(scope, context, openaiDialect);
    addResponsesRoutes(scope, context);
  });
};
