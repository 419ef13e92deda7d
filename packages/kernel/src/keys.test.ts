import { type AiosError, type KernelEvent, permission, pid as pidSchema } from '@aios/protocol';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';

const allModels = ['llm.chat', 'llm.models', 'process.get', 'process.read'].map((text) =>
  permission.parse(text),
);
const say = [{ role: 'user' as const, content: 'hello' }];

test('a key does what it may, until it is revoked, on lines that are open too', async () => {
  await using installation = await bootInstallation();
  const { kernel, session } = installation;
  const { token, key } = await session.call('key.create', { name: 'mine' });
  const line = kernel.open(token);
  expect((await line.call('llm.chat', { messages: say })).model).toBe('offline');
  await expect(line.call('storage.list', { path: '/' })).rejects.toMatchObject({ code: 'permission_denied' });
  expect(() => line.subscribe({}, () => undefined)).toThrow(/kernel\.events/);
  await session.call('key.revoke', { id: key.id });
  await expect(line.call('llm.chat', { messages: say })).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(() => kernel.open(token)).toThrow(/was revoked/);
});

test('who listens with a key hears nothing more once it is revoked, and is told so', async () => {
  await using installation = await bootInstallation();
  const { kernel, session } = installation;
  const permissions = [permission.parse('kernel.events')];
  const { token, key } = await session.call('key.create', { name: 'listener', permissions });
  const heard: string[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<AiosError>();
  const types = ['syscall-settled' as const];
  const hear = (event: KernelEvent) => void ('name' in event && heard.push(event.name));
  using _ = kernel.open(token).subscribe({ types }, hear, resolve);
  await session.call('llm.models', {});
  await session.call('key.revoke', { id: key.id });
  expect(await ended).toMatchObject({ code: 'unauthenticated', message: expect.stringMatching(/revoked/) });
  await session.call('kernel.status', {});
  expect(heard).toEqual(['llm.models']);
});

test('calls made as a process are within its policy, on its budget, and end with it', async () => {
  await using installation = await bootInstallation();
  const { kernel, session } = installation;
  const { pid } = await session.call('process.spawn', { agent: 'sleeper', budget: { calls: 2 } });
  const { token } = await session.call('key.create', { name: 'bound', pid, permissions: allModels });
  const line = kernel.open(token);
  expect(line.caller.process?.pid).toBe(pid);
  const { permissions } = await session.call('process.get', { pid });
  const mayChat = permissions.every((layer) => layer.some((grant) => grant === '*' || grant === 'llm.chat'));
  const chat = line.call('llm.chat', { messages: say });
  if (mayChat) await chat;
  else await expect(chat).rejects.toMatchObject({ code: 'permission_denied' });

  const asOperator = kernel.open(installation.token, { pid });
  expect(asOperator.caller.process?.pid).toBe(pid);
  const { token: ofOther } = await session.call('key.create', { name: 'other', user: 'v' as never });
  expect(() => kernel.open(ofOther, { pid })).toThrow(/may not make calls as process/);
  expect(() => kernel.open(token, { pid: pidSchema.parse(4711) })).toThrow(/No process 4711/);

  await session.call('process.kill', { pid });
  await expect(line.call('llm.models', {})).rejects.toMatchObject({ code: 'cancelled' });
  expect(() => kernel.open(token)).toThrow(/No process/);
});

test('a key spends its own budget, on its own line, as a process and with what it starts', async () => {
  await using installation = await bootInstallation();
  const { kernel, session } = installation;
  const { pid } = await session.call('process.spawn', { agent: 'sleeper' });
  const permissions = [...allModels, 'process.spawn', 'process.log', 'memory.read'].map((text) =>
    permission.parse(text),
  );
  const request = { name: 'paying', permissions, budget: { calls: 6 } };
  const { token, key } = await session.call('key.create', request);
  const line = kernel.open(token);
  await line.call('llm.chat', { messages: say });
  await kernel.open(token, { pid }).call('process.log', { text: 'for the key' });
  const input = { calls: [{ name: 'memory.search', input: { query: 'x' } }] };
  const child = await line.call('process.spawn', { agent: 'caller', input });
  await session.call('process.wait', { pid: child.pid });
  const used = async () => (await session.call('quota.list', {})).quotas.find(({ scope }) => scope === 'key');
  const first = await used();
  expect(first).toMatchObject({ name: key.id, dimension: 'calls', limit: 6, used: 4 });
  await installation.reboot();
  const again = installation.kernel.open(token);
  for (let call = 0; call < 2; call += 1) await again.call('llm.models', {});
  await expect(again.call('llm.models', {})).rejects.toMatchObject({ code: 'quota_exceeded' });
  expect(await again.call('llm.models', {}).catch((error: Error) => error.message)).toContain(
    `key "${key.id}"`,
  );
});

test('names lead to models by the aliases of the key, those of the configuration, and then to the default', async () => {
  const config = `llms:
  models:
    - { name: small, backend: offline }
    - { name: large, backend: offline }
  groups:
    - { name: both, models: [large, small] }
  aliases: { gpt-4o: large, "claude-*": both, "gpt-*": small }
`;
  await using installation = await bootInstallation({ config });
  const { kernel, session } = installation;
  const ask = async (model: string, line = session, orDefault?: boolean) =>
    (await line.call('llm.chat', { model, messages: say, ...(orDefault && { orDefault }) })).model;
  expect(await ask('gpt-4o')).toBe('large');
  expect(await ask('GPT-4o')).toBe('large');
  expect(await ask('gpt-5')).toBe('small');
  expect(await ask('claude-x/y')).toBe('large');
  await expect(ask('m')).rejects.toMatchObject({ code: 'not_found' });
  expect(await ask('m', session, true)).toBe('small');

  const { token } = await session.call('key.create', {
    name: 'mine',
    permissions: [permission.parse('llm.chat:large')],
    aliases: { m: 'gpt-4o', 'gpt-5': 'large' },
  });
  const line = kernel.open(token);
  expect(await ask('m', line)).toBe('large');
  expect(await ask('gpt-5', line)).toBe('large');
  // What is checked is the model that would be asked, under whatever name.
  await expect(ask('gpt-3', line)).rejects.toMatchObject({ code: 'permission_denied' });
  await expect(ask('unheard', line, true)).rejects.toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('llm.chat:small'),
  });
});
