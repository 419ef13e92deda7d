// Does its work in rounds and begins anew after each: in every round it makes so many notes, in the middle of the last one it
// waits for a message.

import { defineAgent } from '@aios/sdk';
import { z } from 'zod';

export default defineAgent({
  name: 'relay',
  permissions: ['*'],
  input: z.object({
    rounds: z.number(),
    notes: z.number().default(1),
    waits: z.boolean().default(false),
    round: z.number().default(1),
  }),
  async run({ rounds, notes, waits, round }, aios) {
    for (let note = 1; note <= notes; note += 1) {
      await aios.memory.add({ content: `note ${note} of round ${round}` });
    }
    if (round < rounds) return aios.continueAsNew({ rounds, notes, waits, round: round + 1 });
    const heard = waits ? (await aios.message.receive({})).content : null;
    await aios.memory.add({ content: 'the end' });
    return { round, heard };
  },
});
