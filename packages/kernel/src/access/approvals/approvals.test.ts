// Calls of agents that wait for a person, over restarts of the kernel.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AiosError, type ApprovalDescription, type Pid, permission, userId } from '@aios/protocol';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../tool/index.ts';

/** Somebody who delivers mail. */
class PostOffice {
  readonly delivered: { to: string; text: string }[] = [];

  readonly tool = defineTool({
    name: 'mail.send',
    description: 'Sends a mail.',
    input: z.object({ to: z.string(), text: z.string() }),
    effect: 'external',
    idempotent: false,
    irreversible: ({ to }) => !to.endsWith('@own.example'),
    run: (mail) => {
      this.delivered.push(mail);
      return { sent: this.delivered.length };
    },
  });
}

const models = 'llms:\n  models:\n    - { name: offline, backend: offline }\n';
const send = (to = 'ada@example.com', text = 'hello') => ({
  name: 'tool.call',
  input: { name: 'mail.send', arguments: { to, text } },
});
const sent = (number: number) => ({ output: { result: { sent: number } } });

async function boot(post: PostOffice, access = ''): Promise<Installation> {
  const config = `${models}agent_factory: { drop_waiting_after_ms: 0 }\naccess: { ${access} }\n`;
  return await bootInstallation({ config, tools: [post.tool] });
}

async function start(
  { session }: Installation,
  calls: readonly object[],
  more: { durable?: boolean; parallel?: boolean } = {},
): Promise<Pid> {
  const { durable = true, parallel = false } = more;
  const input = JSON.parse(JSON.stringify({ calls, parallel }));
  return (await session.call('process.spawn', { agent: 'caller', durable, input })).pid;
}

async function pending({ session }: Installation, number = 1): Promise<ApprovalDescription> {
  let found: ApprovalDescription[] = [];
  await expect
    .poll(async () => {
      found = (await session.call('approval.list', { states: ['pending'] })).approvals;
      return found.length;
    })
    .toBe(number);
  return found[0] ?? expect.fail();
}

async function outcomes({ session }: Installation, pid: Pid): Promise<unknown> {
  const { output, error } = await session.call('process.wait', { pid, timeoutMs: 10_000 });
  return output ?? error;
}

test.each([true, false])(
  'a call that cannot be undone waits, and is made once it is approved (durable: %s)',
  async (durable) => {
    const post = new PostOffice();
    await using installation = await boot(post);
    const { session } = installation;
    const pid = await start(installation, [send('me@own.example'), send()], { durable });
    const approval = await pending(installation);
    expect(approval).toMatchObject({
      pid,
      agent: 'caller',
      user: 'operator',
      call: 'tool.call',
      target: 'mail.send',
      input: send().input,
      reason: 'what it does cannot be undone',
      atTimeout: 'deny',
    });
    expect(post.delivered).toHaveLength(1);
    await expect.poll(async () => (await session.call('process.get', { pid })).state).toBe('waiting');
    await session.call('approval.answer', { id: approval.id, decision: 'approve' });
    expect(await outcomes(installation, pid)).toEqual([sent(1), sent(2)]);
    expect(await session.call('approval.get', { id: approval.id })).toMatchObject({
      state: 'used',
      answer: { decision: 'approve', by: 'user:operator', scope: 'once' },
      usedAt: expect.any(String),
    });
    await expect(
      session.call('approval.answer', { id: approval.id, decision: 'deny' }),
    ).rejects.toMatchObject({
      code: 'failed_precondition',
    });
    const { entries } = await session.call('process.logs', { pid });
    expect(entries.map(({ text }) => text)).toContain(
      `approval ${approval.id} for tool.call mail.send: approve, by user:operator`,
    );
  },
);

test('a call that is denied fails with what the person said', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const pid = await start(installation, [send()]);
  const { id } = await pending(installation);
  await installation.session.call('approval.answer', { id, decision: 'deny', comment: 'not to her' });
  expect(await outcomes(installation, pid)).toMatchObject([
    { code: 'permission_denied', message: expect.stringContaining('not to her') },
  ]);
  expect(post.delivered).toEqual([]);
});

test('an answer may change what is done; the ledger has what was done, and the policy still holds', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const { session } = installation;
  const pid = await start(installation, [send(), send()]);
  const first = await pending(installation);
  const edit = send('bob@example.com', 'good day').input;
  await expect(
    session.call('approval.answer', { id: first.id, decision: 'approve', input: { arguments: {} } }),
  ).rejects.toMatchObject({ code: 'invalid_argument' });
  await session.call('approval.answer', { id: first.id, decision: 'approve', input: edit });
  await expect.poll(() => post.delivered).toEqual([{ to: 'bob@example.com', text: 'good day' }]);
  const { effects } = await session.call('effect.list', { pid });
  expect(effects[0]?.input).toEqual(edit);
  const second = await pending(installation);
  await session.call('approval.answer', {
    id: second.id,
    decision: 'approve',
    input: { name: 'no.such.tool', arguments: {} },
  });
  expect(await outcomes(installation, pid)).toMatchObject([sent(1), { code: 'not_found' }]);
});

test('a waiting call survives the kernel: it is asked once, made once, and remembers its edit', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const pid = await start(installation, [{ name: 'time.now', input: {} }, send(), send('me@own.example')]);
  const before = await pending(installation);
  await installation.reboot();
  expect(await pending(installation)).toEqual(before);
  const { session } = installation;
  expect((await session.call('process.get', { pid })).state).toBe('waiting');
  await session.call('approval.answer', {
    id: before.id,
    decision: 'approve',
    input: send('x@example.com').input,
  });
  await expect.poll(async () => (await session.call('process.get', { pid })).state).toBe('succeeded');
  expect(post.delivered).toEqual([
    { to: 'x@example.com', text: 'hello' },
    { to: 'me@own.example', text: 'hello' },
  ]);
  expect((await session.call('approval.list', {})).approvals).toHaveLength(1);
});

test.each([
  ['deny', [{ code: 'permission_denied' }], 0],
  ['approve', [sent(1)], 1],
] as const)('nobody answers in time: %s', async (atTimeout, told, delivered) => {
  const post = new PostOffice();
  await using installation = await boot(post, `approval_timeout_ms: 100, at_timeout: ${atTimeout}`);
  const pid = await start(installation, [send()]);
  expect(await outcomes(installation, pid)).toMatchObject(told);
  expect(post.delivered).toHaveLength(delivered);
  const [approval] = (await installation.session.call('approval.list', {})).approvals;
  expect(approval).toMatchObject({ answer: { by: 'timeout', decision: atTimeout } });
});

test('a time that is over while no kernel runs counts, too', async () => {
  const post = new PostOffice();
  await using installation = await boot(post, 'approval_timeout_ms: 300');
  const pid = await start(installation, [send()]);
  await pending(installation);
  await installation.reboot();
  expect(await outcomes(installation, pid)).toMatchObject([{ code: 'permission_denied' }]);
});

test('an answer for a run or for good is not asked for again; a decision against a call holds', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const { session } = installation;
  const run = await start(installation, [send('a@example.com'), send('b@example.com')]);
  const first = await pending(installation);
  expect(first.permissions).toEqual(['tool.call:mail.send']);
  await session.call('approval.answer', { id: first.id, decision: 'approve', scope: 'run' });
  expect(await outcomes(installation, run)).toEqual([sent(1), sent(2)]);
  expect((await session.call('grant.list', {})).grants).toEqual([]);

  const second = await start(installation, [send()]);
  const again = await pending(installation);
  await session.call('approval.answer', { id: again.id, decision: 'approve', scope: 'always' });
  expect(await outcomes(installation, second)).toEqual([sent(3)]);
  await installation.reboot();
  expect(await outcomes(installation, await start(installation, [send()]))).toEqual([sent(4)]);

  await installation.session.call('grant.set', {
    agent: 'caller',
    permissions: ['tool.call:mail.send'],
    decision: 'deny',
  });
  expect(await outcomes(installation, await start(installation, [send()]))).toMatchObject([
    { code: 'permission_denied' },
  ]);
  await installation.session.call('grant.delete', { agent: 'caller' });
  await start(installation, [send()]);
  await pending(installation);
});

test('a process that ends takes its question back', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const { session } = installation;
  const pid = await start(installation, [send()]);
  const { id } = await pending(installation);
  await session.call('process.kill', { pid });
  expect((await session.call('approval.get', { id })).state).toBe('withdrawn');
  await expect(session.call('approval.answer', { id, decision: 'approve' })).rejects.toMatchObject({
    code: 'failed_precondition',
  });
  expect(post.delivered).toEqual([]);
});

test('no process answers, nor decides; with four eyes the user for whom the agent runs does not either', async () => {
  const post = new PostOffice();
  await using installation = await boot(post, 'four_eyes: true');
  const { session, kernel } = installation;
  const pid = await start(installation, [send()]);
  const { id } = await pending(installation);
  const answer = { name: 'approval.answer', input: { id, decision: 'approve' } };
  const decide = { name: 'grant.set', input: { agent: 'caller' } };
  const other = await start(installation, [answer, decide, { name: 'approval.get', input: { id } }], {
    durable: false,
  });
  expect(await outcomes(installation, other)).toMatchObject([
    { code: 'permission_denied', message: expect.stringContaining('process cannot answer') },
    { code: 'permission_denied' },
    { code: 'not_found' },
  ]);
  await expect(session.call('approval.answer', { id, decision: 'approve' })).rejects.toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('Another person'),
  });
  const { token } = await session.call('key.create', {
    name: 'a colleague',
    user: userId.parse('eve'),
    permissions: [permission.parse('approval.answer')],
  });
  await kernel.open(token).call('approval.answer', { id, decision: 'approve' });
  expect(await outcomes(installation, pid)).toEqual([sent(1)]);
});

test('a program whose key says so is asked about, and cannot answer itself', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const { session, kernel } = installation;
  const permissions = ['tool.call', '?tool.call:mail.*', 'approval.answer'].map((text) =>
    permission.parse(text),
  );
  const { token } = await session.call('key.create', { name: 'a program', permissions });
  const program = kernel.open(token);
  const call = program.request('tool.call', send('me@own.example').input);
  const { id } = await pending(installation);
  await expect(program.call('approval.answer', { id, decision: 'approve' })).rejects.toMatchObject({
    code: 'permission_denied',
  });
  await session.call('approval.answer', { id, decision: 'approve' });
  expect(await call).toEqual({ result: { sent: 1 } });
  const controller = new AbortController();
  const given = program.request('tool.call', send('me@own.example').input, { signal: controller.signal });
  const second = await pending(installation);
  controller.abort(new AiosError('cancelled', 'went away'));
  await expect(given).rejects.toMatchObject({ code: 'cancelled' });
  await expect.poll(async () => (await session.call('approval.get', second)).state).toBe('withdrawn');
});

test('what overwrites a file of somebody else waits, in a tool too, and holds no place of others meanwhile', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const { session } = installation;
  await session.call('storage.write', { path: '/plan.md', content: 'of a person' });
  const write = (path: string, content: string) => ({ name: 'storage.write', input: { path, content } });
  const inTool = {
    name: 'tool.call',
    input: { name: 'storage.write', arguments: write('/plan.md', 'two').input },
  };
  const pid = await start(installation, [
    write('/own.md', 'one'),
    write('/own.md', 'two'),
    write('/agents/caller/notes.md', 'one'),
    write('/plan.md', 'one'),
  ]);
  const first = await pending(installation);
  expect(first).toMatchObject({
    call: 'storage.write',
    target: '/plan.md',
    reason: expect.stringContaining('user:operator'),
  });
  await session.call('approval.answer', { id: first.id, decision: 'approve' });
  expect(await outcomes(installation, pid)).toMatchObject([
    { output: {} },
    { output: {} },
    { output: {} },
    { output: { version: 2 } },
  ]);
  await session.call('storage.write', { path: '/plan.md', content: 'of a person again' });
  const tooling = await start(installation, [inTool]);
  const second = await pending(installation);
  const { queues } = await session.call('kernel.status', {});
  expect(queues.find(({ name }) => name === 'tool')?.running ?? 0).toBe(0);
  await installation.reboot();
  await installation.session.call('approval.answer', { id: second.id, decision: 'approve' });
  expect(await outcomes(installation, tooling)).toMatchObject([{ output: { result: { version: 4 } } }]);
});

test('rules of the installation ask or forbid, whatever an agent was granted', async () => {
  const post = new PostOffice();
  await using installation = await boot(
    post,
    `irreversible: allow, rules: ["?memory.write", "!tool.call:mail.send(to=**@evil.example)"]`,
  );
  const { session } = installation;
  const pid = await start(installation, [
    send(),
    send('x@evil.example'),
    { name: 'memory.add', input: { content: 'a note' } },
  ]);
  const { id } = await pending(installation);
  await session.call('approval.answer', { id, decision: 'approve' });
  expect(await outcomes(installation, pid)).toMatchObject([
    sent(1),
    { code: 'permission_denied', message: expect.stringContaining('access.rules') },
    { output: { id: expect.any(String) } },
  ]);
});

test('a process can wait for the answer to a question, and for what becomes of an effect', async () => {
  const post = new PostOffice();
  await using installation = await boot(post);
  const { session } = installation;
  const pid = await start(installation, [send()]);
  const { id } = await pending(installation);
  const waiting = session.call('wait.all', {
    conditions: [
      { kind: 'approval', id },
      { kind: 'effect', id: `${pid}:1` },
    ],
    timeoutMs: 10_000,
  });
  await expect(waiting).rejects.toMatchObject({ code: 'not_found' });
  const answered = session.call('wait.any', { conditions: [{ kind: 'approval', id }], timeoutMs: 10_000 });
  await session.call('approval.answer', { id, decision: 'approve' });
  expect(await answered).toMatchObject({ kind: 'approval', value: { id, answer: { decision: 'approve' } } });
  await outcomes(installation, pid);
  const effect = await session.call('wait.any', {
    conditions: [{ kind: 'effect', id: `${pid}:1` }],
    timeoutMs: 10_000,
  });
  expect(effect).toMatchObject({ kind: 'effect', value: { state: 'committed' } });
});

test('a webhook is told until it listens, signed, and its token answers this approval alone', async () => {
  const posts: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      posts.push({ headers: request.headers, body });
      response.writeHead(posts.length === 1 ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _server = { [Symbol.asyncDispose]: async () => void server.close() };
  const { port } = server.address() as AddressInfo;
  const post = new PostOffice();
  const config = `${models}access: { webhook: "http://127.0.0.1:${port}/hook", public_url: "https://aios.example" }\n`;
  const secret = `whsec_${Buffer.from('a secret').toString('base64')}`;
  await using installation = await bootInstallation({
    config,
    tools: [post.tool],
    env: { AIOS_WEBHOOK_SECRET: secret },
  });
  const pid = await start(installation, [send(), send()]);
  const approval = await pending(installation);
  await expect.poll(() => posts.length, { timeout: 5000 }).toBe(2);
  const { headers, body } = posts[1] ?? expect.fail();
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signature = createHmac('sha256', 'a secret').update(signed).digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  const told = JSON.parse(body);
  expect(told).toMatchObject({
    type: 'approval.requested',
    data: { id: approval.id, input: send().input },
    answer: { url: 'https://aios.example/api/syscalls/approval.answer' },
  });
  const receiver = installation.kernel.open(told.answer.token);
  await expect(receiver.call('approval.list', {})).rejects.toMatchObject({ code: 'permission_denied' });
  await receiver.call('approval.answer', { id: approval.id, decision: 'approve' });
  await expect.poll(() => post.delivered.length).toBe(1);
  const second = await pending(installation);
  const wrong = receiver.call('approval.answer', { id: second.id, decision: 'approve' });
  await expect(wrong).rejects.toMatchObject({ code: 'permission_denied' });
  const forged = told.answer.token.replace(`aioa_${approval.id}_`, `aioa_${second.id}_`);
  expect(() => installation.kernel.open(forged)).toThrow(/not one of this kernel/);
  await installation.session.call('process.kill', { pid });
});

test('what was approved of a call is good for nothing once its process is taken back before it', async () => {
  const post = new PostOffice();
  await using installation = await boot(post, 'rules: ["?memory.write"]');
  const { session } = installation;
  const pid = await start(installation, [
    { name: 'memory.add', input: { content: 'a note' } },
    { name: 'time.sleep', input: { forMs: 3_600_000 } },
  ]);
  const first = await pending(installation);
  await session.call('approval.answer', { id: first.id, decision: 'approve' });
  await expect.poll(async () => (await session.call('approval.get', { id: first.id })).state).toBe('used');
  await expect.poll(async () => (await session.call('process.get', { pid })).state).toBe('waiting');
  await session.call('process.revert', { pid, call: 0 });
  const again = await pending(installation);
  expect(again.id).not.toBe(first.id);
  expect(again.hash).toBe(first.hash);
});

test('what an agent of others does first waits, where the configuration says so, until its user has decided', async () => {
  await using installation = await boot(new PostOffice(), 'first_use: ask');
  const { session, home } = installation;
  await installAgent(
    home,
    'noter',
    `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'noter',
  permissions: ['memory.write', 'process.log'],
  async run(_input, aios) {
    await aios.memory.add({ content: 'one' });
    return await aios.memory.search({ query: 'one' }).catch((error) => error.code);
  },
});`,
  );
  await session.call('grant.set', { agent: 'noter', permissions: ['process.log'] });
  const run = async () => (await session.call('process.spawn', { agent: 'noter', durable: true })).pid;
  const first = await run();
  const asked = await pending(installation);
  expect(asked).toMatchObject({ call: 'memory.add', permissions: ['memory.write'] });
  await session.call('approval.answer', { id: asked.id, decision: 'approve', scope: 'always' });
  // What its manifest does not ask for stays denied: no decision widens it.
  expect(await outcomes(installation, first)).toBe('permission_denied');
  expect(await outcomes(installation, await run())).toBe('permission_denied');
  expect((await session.call('approval.list', {})).approvals).toHaveLength(1);
  await session.call('grant.set', { agent: 'noter', permissions: ['memory.write'], decision: 'deny' });
  expect(await outcomes(installation, await run())).toMatchObject({ code: 'permission_denied' });
});
