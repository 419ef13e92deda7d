// Goes step by step: a line in its conversation, a note, a file, a child where it is to have one; then it waits for a message
// and goes on with what that says, until it says "stop".

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'walker',
  permissions: ['*'],
  input: z.object({ child: z.boolean().default(false), pay: z.boolean().default(false) }).default({
    child: false,
    pay: false,
  }),
  async run({ child, pay }, aios) {
    const steps: string[] = [];
    for (let step = 1; ; step += 1) {
      const said = String((await aios.message.receive({})).content);
      if (said === 'stop') return steps;
      await aios.context.append({ messages: [{ role: 'user', content: said }] });
      await aios.memory.add({ content: `note of ${said}` });
      await aios.storage.write({ path: '/diary.txt', content: `${said} in step ${step}` });
      await aios.storage.write({ path: `/walked/${said}.txt`, content: said });
      if (child) await aios.process.spawn({ agent: 'sleeper' });
      if (pay) await aios.tool.call({ name: 'payments.pay', arguments: { for: said } });
      steps.push(said);
    }
  },
});
