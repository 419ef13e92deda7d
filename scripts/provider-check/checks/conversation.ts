import { type Check, failed, passed, quoted } from '../check.ts';

const wholeReply: Check = {
  name: 'whole reply',
  async run(subject) {
    const { message, finishReason } = await subject.ask('Say hello in one short sentence.');
    if (message.content.trim() === '') return failed('the reply has no text');
    return finishReason === 'stop' ? passed() : failed(`finish reason ${finishReason} instead of stop`);
  },
};

const systemPrompt: Check = {
  name: 'system prompt',
  async run(subject) {
    const { message } = await subject.chat({
      messages: [
        { role: 'system', content: 'Whatever you are asked, answer with the single word PINEAPPLE.' },
        { role: 'user', content: 'What is your answer?' },
      ],
    });
    return /pineapple/i.test(message.content)
      ? passed()
      : failed(`the model did not follow the system prompt: ${quoted(message.content)}`);
  },
};

const severalTurns: Check = {
  name: 'several turns',
  async run(subject) {
    const { message } = await subject.chat({
      messages: [
        { role: 'user', content: 'My locker number is 4711. Please remember it.' },
        { role: 'assistant', content: 'I will remember it.' },
        { role: 'user', content: 'What is my locker number? Answer with the number only.' },
      ],
    });
    return message.content.includes('4711')
      ? passed()
      : failed(`the model did not know what an earlier message said: ${quoted(message.content)}`);
  },
};

export const conversationChecks: readonly [Check, ...Check[]] = [wholeReply, systemPrompt, severalTurns];
