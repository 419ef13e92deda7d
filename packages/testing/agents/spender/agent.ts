// Asks the model, waits for a child that never ends by itself, and asks the model again.

import { defineAgent } from '@aios/sdk';

const question = {
  messages: [
    { role: 'system' as const, content: 'The ship has 42 masts. It sails at noon.' },
    { role: 'user' as const, content: 'How many masts has the ship?' },
  ],
};

export default defineAgent({
  name: 'spender',
  runtime: 'inline',
  permissions: ['*'],
  async run(_input, aios) {
    const first = await aios.llm.chat(question);
    const refused = await aios.storage.read({ path: '/nowhere' }).catch((error: Error) => error.message);
    const { pid } = await aios.process.spawn({ agent: 'sleeper' });
    const { state } = await aios.process.wait({ pid });
    const second = await aios.llm.chat(question);
    return { first: first.message.content, second: second.message.content, refused, pid, state };
  },
});
