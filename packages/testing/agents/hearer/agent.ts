// Counts the signals that it has heard of before and after it waits.

import { defineAgent } from '@aios/sdk';

export default defineAgent({
  name: 'hearer',
  runtime: 'inline',
  permissions: ['*'],
  async run(_input, aios, { onSignal }) {
    let heard = 0;
    onSignal(() => {
      heard += 1;
    });
    const first = await aios.process.spawn({ agent: 'sleeper' });
    const before = heard;
    await aios.process.wait(first);
    const after = heard;
    const second = await aios.process.spawn({ agent: 'sleeper' });
    await aios.process.wait(second);
    return { before, after };
  },
});
