// Takes the messages of the plans of `aios chaos`, answers their questions, and tells in the end what it has heard.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'chaos-postbox',
  description: 'Takes the messages of aios chaos until one says: stop.',
  permissions: ['message.receive', 'message.reply'],
  output: z.array(z.string()),
  async run(_input, aios) {
    const heard: string[] = [];
    for (;;) {
      const { id, content, isQuestion } = await aios.message.receive();
      if (content === 'stop') return heard;
      heard.push(String(content));
      if (isQuestion) await aios.message.reply({ question: id, content: `heard ${content}` });
    }
  },
});
