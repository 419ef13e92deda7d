// Chat completions, which many vendors speak with small differences: a flavour says which.

export { answerChatCompletions } from './answer.ts';
export { type ChatFlavour, flavours } from './flavours.ts';
