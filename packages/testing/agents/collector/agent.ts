// Receives so many messages, writing each one down, and returns their contents. Answers those that are questions.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'collector',
  runtime: 'inline',
  permissions: ['message.*', 'storage.*', 'process.log'],
  input: z.object({ messages: z.number() }),
  async run({ messages }, aios) {
    const contents = [];
    while (contents.length < messages) {
      const { id, content, isQuestion } = await aios.message.receive();
      await aios.process.log({ text: `received ${JSON.stringify(content)}` });
      if (isQuestion) await aios.message.reply({ question: id, content: { answerTo: content } });
      contents.push(content);
    }
    return contents;
  },
});
