// The interface of OpenAI, for its official clients and for all that is built on them: models.

import { type Dialect, registerDialect } from '../dialect/index.ts';
import type { RegisterFace } from '../face.ts';
import { errorBody, errorFrame } from './errors.ts';
import { addForwardedChat } from './forwarded-chat.ts';
import { addModelRoutes } from './models.ts';

const openaiDialect: Dialect = { errorBody, errorFrame };

export const registerOpenAi: RegisterFace = (app, context) => {
  registerDialect(app, context, openaiDialect, (scope) => {
    addModelRoutes(scope);
    addForwardedChat(scope, context, openaiDialect);
  });
};
