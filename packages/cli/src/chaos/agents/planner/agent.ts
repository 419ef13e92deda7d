// Carries out a plan of `aios chaos`, step by step, and tells what each step gave.

import { type Aios, ask, defineAgent } from '@aios/sdk';
import { z } from 'zod';

const step = z.object({ id: z.string(), kind: z.string() });

export default defineAgent({
  name: 'planner',
  description: 'Carries out a plan of aios chaos.',
  permissions: ['*'],
  input: z.object({ number: z.number(), steps: z.array(step) }),
  output: z.record(z.string(), z.json()),
  async run({ steps }, aios) {
    const results: Record<string, z.infer<ReturnType<typeof z.json>>> = {};
    for (const { id, kind } of steps) results[id] = await carryOut(aios, id, kind);
    for (const { id } of steps.filter((each) => each.kind === 'memory')) {
      const { notes } = await aios.memory.search({ query: id, limit: 20 });
      results[`${id} notes`] = notes.filter(({ content }) => content === `remember ${id}`).length;
    }
    return results;
  },
});

async function carryOut(aios: Aios, id: string, kind: string) {
  switch (kind) {
    case 'model': {
      const { message } = await aios.llm.chat({ messages: [{ role: 'user', content: id }] });
      return message.content;
    }
    case 'memory':
      await aios.memory.add({ content: `remember ${id}` });
      return 'remembered';
    case 'storage':
      return (await aios.storage.write({ path: `/chaos/${id}.txt`, content: id })).version;
    case 'read':
      return (await aios.storage.read({ path: '/shared.txt' })).content;
    case 'spawn': {
      const { pid } = await aios.process.spawn({ agent: 'chaos-child', input: id, durable: true });
      return (await aios.process.wait({ pid })).output ?? null;
    }
    case 'tool': {
      const given = { path: `/chaos/tool-${id}.txt`, content: id };
      const { result } = await aios.tool.call({ name: 'storage.write', arguments: given });
      return z.object({ version: z.number() }).parse(result).version;
    }
    case 'send':
      await aios.message.send({ to: 'chaos-postbox', content: id });
      return 'sent';
    case 'receive':
    case 'reply':
      return (await ask(aios, { to: 'chaos-postbox', content: id })).content;
    default: {
      const names: Record<string, string> = {
        idempotent: 'payments.deposit',
        probed: 'payments.transfer',
        external: 'payments.pay',
      };
      return (await aios.tool.call({ name: names[kind] ?? kind, arguments: { id } })).result;
    }
  }
}
