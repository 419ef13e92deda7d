import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@aios/sdk';
import { createLogger, type RunningKernel, runKernel } from '@aios/server';
import { eventually } from '@aios/testing/eventually';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { shipped } from './shipped.ts';
import { agents, createDocuments, createHome, question } from './test-support/homes.ts';
import { runCommand } from './test-support/run-command.ts';

let home = '';
let kernel: RunningKernel;
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  home = await createHome();
  resources.defer(() => rm(home, { recursive: true }));
  kernel = resources.use(await runKernel({ home, env: {}, ...shipped, logger: createLogger('silent') }));
});

afterAll(() => resources.disposeAsync());

afterEach(() => vi.unstubAllEnvs());

const aios = (...args: string[]) => runCommand(...args, '--home', home);

async function json(...args: string[]) {
  const { code, stdout, stderr } = await aios(...args, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

function jsonLines(text: string) {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('status says where the kernel is, for people and for programs', async () => {
  expect(await json('status')).toMatchObject({ url: kernel.url, home, state: 'ready', database: 'sqlite' });
  const { stdout } = await aios('status');
  expect(stdout).toContain(kernel.url);
  expect(stdout).toContain('offline');
});

test('top shows the queues once where there is no terminal to watch them on', async () => {
  const { code, stdout } = await aios('top');
  expect(code).toBe(0);
  expect(stdout).toMatch(/core:offline\s+fair/);
  expect(stdout).toContain('Nothing runs and nothing waits.');
  expect(await json('top', '--once', '--queue', 'storage')).toMatchObject({
    queues: [{ name: 'storage', policy: 'fair', waiters: [] }],
  });
});

test('run shows what the agent does beside its output, which alone goes to standard output', async () => {
  const input = '{"numbers":[1,2,3]}';
  const { code, stdout, stderr } = await aios('run', 'adder', '--input', input, '--ask', 'how', 'much?');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toEqual({ sum: 6, question: 'how much?' });
  expect(stderr).toContain('adding 3 numbers');
  expect(stderr).toMatch(/adder.*succeeded/);
  expect(await json('run', 'adder', '--input', input)).toMatchObject({
    state: 'succeeded',
    output: { sum: 6 },
  });
});

test('an agent’s file outside runs by its path', async () => {
  const file = join(home, 'elsewhere.ts');
  await writeFile(file, agents.adder);
  expect(await json('run', file, '--input', '{"numbers":[5]}')).toMatchObject({ output: { sum: 5 } });
});

test('permissions narrow and budgets bound what a job may do', async () => {
  const input = ['--input', '{"numbers":[1]}'];
  const narrowed = await aios('run', 'adder', ...input, '--allow', 'tool.call:calculator');
  expect(narrowed.code).toBe(1);
  expect(narrowed.stderr).toContain('process.log');
  const { pid } = await json(
    'run',
    'adder',
    ...input,
    '--budget-calls',
    '5',
    '--runtime',
    'worker',
    '--detach',
  );
  await json('call', 'process.wait', JSON.stringify({ pid }));
  expect(await json('call', 'process.get', JSON.stringify({ pid }))).toMatchObject({ budget: { calls: 5 } });
});

test('quota shows the budgets of living processes and what is used of them', async () => {
  const budget = ['--budget-usd', '0.5', '--budget-seconds', '600'];
  const { pid } = await json('run', 'waiter', '--detach', ...budget);
  expect(await json('quota')).toMatchObject([
    { scope: 'process', name: String(pid), dimension: 'usd', limit: 0.5, used: 0, atLimit: 'refuse' },
    { scope: 'process', name: String(pid), dimension: 'seconds', limit: 600, atLimit: 'kill' },
  ]);
  const { stdout } = await aios('quota');
  expect(stdout).toMatch(/SCOPE +NAME +OF +USED/);
  expect(stdout).toMatch(/process +\d+ +usd +\$0\.0000 +\$0\.0000 +\$0\.5000/);
  await json('kill', String(pid));
  expect((await aios('quota')).stderr).toContain('No quota is set');
  expect((await aios('run', 'waiter', '--budget-usd', '0')).code).toBe(2);
});

test('a job that fails ends with code 1 and the reason; an unknown agent, too', async () => {
  const failed = await aios('run', 'adder', '--input', '{"numbers":"none"}');
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toContain('input.numbers');
  const unknown = await aios('run', 'nobody');
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toContain('nobody');
});

test('a process in the background is listed, followed and killed', async () => {
  const { pid } = await json('run', 'waiter', '--detach');
  expect(await json('ps')).toMatchObject([{ pid, agent: 'waiter' }]);
  const following = aios('logs', String(pid), '--follow', '--json');
  const killed = await kernel.kernel.open((await readFile(join(home, 'credentials'), 'utf8')).trim());
  await killed.call('process.kill', { pid });
  const { code, stdout } = await following;
  expect(code).toBe(0);
  expect(jsonLines(stdout).at(-1)).toMatchObject({ kind: 'state', text: expect.stringContaining('killed') });
  expect(await json('ps')).toEqual([]);
  expect((await aios('ps', '--all')).stdout).toMatch(/waiter +killed/);
});

test('kill ends a process; its log is there to read', async () => {
  const { pid } = await json('run', 'waiter', '--detach');
  expect(await json('kill', String(pid))).toMatchObject({ pid, state: 'killed' });
  expect((await aios('logs', String(pid))).stdout).toMatch(/state +.*killed/);
  expect((await aios('logs', '99999')).code).toBe(1);
});

test('any system call can be made, as a stream too', async () => {
  expect(await json('call', 'storage.write', '{"path":"/a.txt","content":"hello"}')).toMatchObject({
    version: 1,
  });
  expect(await json('call', 'storage.read', '{"path":"/a.txt"}')).toMatchObject({ content: 'hello' });
  const messages = [{ role: 'user', content: 'The sky is blue. What colour is the sky?' }];
  const lines = jsonLines((await aios('call', 'llm.chat', JSON.stringify({ messages }), '--stream')).stdout);
  const spoken = lines.flatMap(({ chunk }) => (chunk?.type === 'text-delta' ? [chunk.text] : [])).join('');
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.at(-1).output.message.content).toBe(spoken);
  const wrong = await aios('call', 'storage.read', '{"path":7}');
  expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('path') });
});

test('a wrong token is refused with code 4 and the file that holds the right one', async () => {
  const credentials = join(home, 'credentials');
  const token = await readFile(credentials, 'utf8');
  await writeFile(credentials, 'wrong-token');
  const { code, stderr } = await aios('status');
  await writeFile(credentials, token);
  expect(code).toBe(4);
  expect(stderr).toContain(credentials);
  expect(stderr).not.toContain('wrong-token');
});

test('the configuration is read, changed and checked without showing secrets', async () => {
  expect(await json('config', 'set', 'server.max_body_bytes', '5000000')).toMatchObject({ value: 5_000_000 });
  expect(await json('config', 'get', 'server.max_body_bytes')).toBe(5_000_000);
  expect(await json('config', 'unset', 'server.max_body_bytes')).toMatchObject({ removed: true });
  await aios('config', 'set', 'api_keys.openai', 'sk-very-secret');
  const { stdout } = await aios('config', 'list');
  expect(stdout).toContain('api_keys.openai = ');
  expect(stdout).not.toContain('sk-very-secret');
  expect(await json('config', 'check')).toMatchObject({ problems: [], path: join(home, 'config.yaml') });
  expect((await aios('config', 'path')).stdout.trim()).toBe(join(home, 'config.yaml'));
  const file = join(home, 'config.yaml');
  const right = await readFile(file, 'utf8');
  await writeFile(file, right.replace('backend: offline', 'backend: ofline'));
  expect(await aios('config', 'check')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/config\.yaml:2:\d+ llms\.models\[0\]\.backend: .*"offline"/),
  });
  await writeFile(file, right);
  const refused = await aios('config', 'set', 'server.port', 'eighty');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('server.port') });
});

test('models are listed with what people choose by, and one can be asked', async () => {
  expect(await json('models')).toMatchObject([{ name: 'offline', provider: 'offline', isDefault: true }]);
  expect((await aios('models')).stdout).toMatch(/MODEL +PROVIDER.*\n\* +offline +offline/);
  const { code, stdout, stderr } = await aios('chat', 'What', 'is', 'a', 'core?');
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('offline provider') });
  expect(stderr).toMatch(/^offline \(offline\), \d+ \+ \d+ tokens/m);
  expect(await aios('chat', 'hi', '--model', 'nobody')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('offline'),
  });
});

test('refresh says what took effect and what waits for a restart; a mistake is named and changes nothing', async () => {
  const file = join(home, 'config.yaml');
  const right = await readFile(file, 'utf8');
  await writeFile(file, `${right}agent_factory: { max_workers: 7 }\n`);
  expect((await aios('refresh')).stdout).toMatch(/restart.*agent_factory\.max_workers/);
  await writeFile(file, `${right}tool: { http_max_bytes: many }\n`);
  const broken = await aios('refresh', '--json');
  expect(broken).toMatchObject({ code: 2, stdout: '' });
  expect(broken.stderr).toMatch(
    /Nothing has changed.*\nconfig\.yaml:\d+:\d+ tool\.http_max_bytes: must be a number/,
  );
  await writeFile(file, right);
  expect(await json('refresh')).toMatchObject({ restartNeeded: [] });
});

test('the demo uses the kernel that runs, does its job and says where everything is', async () => {
  const documents = await createDocuments();
  resources.defer(() => rm(documents, { recursive: true }));
  const ask = (text: string) => ['demo', '--once', '--docs', documents, '--ask', text];
  const { code, stdout } = await aios(...ask(question));
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('was running already') });
  expect(stdout).toMatch(/storage\.mount .*(ms| s)\n/);
  const { findings, kernel: used } = await json(...ask(question));
  expect(used).toMatchObject({ url: kernel.url, booted: false });
  expect(findings.answer).toContain('8000');
  expect(findings.sources[0]).toContain(join(documents, 'ports.md'));
  expect(await readFile(findings.report, 'utf8')).toContain(question);
  const nothing = await aios(...ask('Who won the chess tournament in Zanzibar?'));
  expect(nothing).toMatchObject({ code: 1, stdout: expect.stringContaining('do not answer') });
});

test('key makes a key with which programs call, lists it without its secret, and revokes it', async () => {
  const { code, stdout } = await aios(
    'key',
    'create',
    'notebook',
    '--days',
    '30',
    '--alias',
    'gpt-4*=offline',
  );
  expect(code).toBe(0);
  const token = stdout.trim();
  const ask = () =>
    fetch(`${kernel.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } }).then(
      ({ status }) => status,
    );
  expect(await ask()).toBe(200);
  const [key] = await json('key', 'list');
  expect(key).toMatchObject({
    name: 'notebook',
    aliases: { 'gpt-4*': 'offline' },
    expiresAt: expect.any(String),
  });
  const list = await aios('key', 'list');
  expect(list.stdout).toContain('notebook');
  expect(list.stdout + JSON.stringify(key)).not.toContain(token);
  expect(await aios('key', 'revoke', key.id)).toMatchObject({ code: 0 });
  expect(await ask()).toBe(401);
  expect(await json('key', 'list')).toEqual([]);
  expect(await json('key', 'list', '--all')).toMatchObject([{ revokedAt: expect.any(String) }]);
});

test('an alias without a model and an amount that is none are refused before anything is asked', async () => {
  expect(await aios('key', 'create', 'x', '--alias', 'gpt')).toMatchObject({ code: 2 });
  expect(await aios('key', 'create', 'x', '--budget-usd', '-1')).toMatchObject({ code: 2 });
});

test('the conversation of a process is shown, taken back and forked', async () => {
  const input = { before: ['hello'], after: ['hello\u001b[31m'] };
  const { pid } = await json('run', 'talker', '--input', JSON.stringify(input));
  const listed = await aios('context', 'list', `${pid}`);
  expect(listed.stdout).toMatch(/main\s+2\s/);
  expect(listed.stdout).toMatch(/main\s+start\s+1\s+0/);

  const diff = await aios('context', 'diff', `${pid}`);
  expect(diff.stdout).toMatch(/1 messages in common\n\+ user: hello/);
  expect(diff.stdout).not.toContain('\u001b');
  const restored = await aios('context', 'restore', `${pid}`, 'start');
  expect(restored.stdout).toMatch(/at checkpoint \d+ again: 1 messages/);
  expect(restored.stderr).toMatch(/before is checkpoint \d+/);
  expect(await json('context', 'show', `${pid}`)).toHaveLength(1);
  const marked = await json('context', 'checkpoint', `${pid}`, '--label', 'again');
  expect(await json('context', 'diff', `${pid}`, 'start', `${marked.id}`)).toMatchObject({ common: 1 });

  const forked = await json('context', 'fork', `${pid}`, '--from', 'start', '--as', 'other');
  expect(forked).toMatchObject({ pid, conversation: 'other', length: 1 });
  const child = await json('context', 'fork', `${pid}`, '--input', '{"before": ["a"], "after": ["b"]}');
  expect(child).toMatchObject({ conversation: 'main', length: 1 });

  const unknown = await aios('context', 'restore', `${pid}`, 'nowhere');
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('aios context list') });
  const both = await aios('context', 'fork', `${pid}`, '--as', 'x', '--agent', 'talker');
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('--as') });
  expect((await aios('context', 'list', '999999')).stderr).toContain('999999');
});

test('a process is suspended, shown, resumed and told to end', async () => {
  const { pid } = await json('run', 'waiter', '--detach');
  await eventually(async () => expect(await json('ps')).toMatchObject([{ pid, state: 'running' }]));
  expect(await json('suspend', String(pid))).toEqual({ signalled: [pid] });
  expect(await json('ps')).toMatchObject([{ pid, state: 'suspended' }]);
  expect((await aios('tree')).stdout).toContain(`${pid} waiter suspended`);
  const inspected = (await aios('inspect', String(pid))).stdout;
  expect(inspected).toMatch(/State +suspended/);
  expect(inspected).toContain('signal suspend');
  expect((await aios('resume', String(pid))).stdout).toContain(`Sent resume to process ${pid}`);
  expect((await aios('resume', String(pid))).stdout).toContain('nothing to resume');
  await json('signal', String(pid), 'terminate', '--message', 'enough', '--grace', '3');
  await json('call', 'process.wait', JSON.stringify({ pid }));
  expect((await aios('logs', String(pid))).stdout).toContain('killed: Process terminated: enough');
  expect(await json('inspect', String(pid))).toMatchObject({ state: 'killed', exit: 'killed', children: [] });
  expect((await aios('signal', String(pid), 'wave')).code).toBe(2);
});

test('triggers are made, listed and deleted', async () => {
  const created = await json('triggers', 'create', 'adder', '--exit-of', 'echo', '--exits', 'failed');
  expect(created).toEqual({ id: expect.any(Number) });
  await json('triggers', 'create', 'adder', '--file', '/inbox/**', '--debounce', '200', '--durable');
  expect(await json('triggers', 'list')).toMatchObject([
    { agent: 'adder', on: { kind: 'exit', of: 'echo', exits: ['failed'] }, deliver: 'start', durable: false },
    { on: { kind: 'file', path: '/inbox/**', debounceMs: 200 }, durable: true },
  ]);
  expect((await aios('triggers', 'list')).stdout).toContain('end of echo');
  expect((await aios('triggers', 'create', 'adder')).code).toBe(2);
  expect((await aios('triggers', 'create', 'adder', '--webhook', 'NO_SECRET')).stderr).toContain(
    'aios env set',
  );
  for (const id of [created.id, created.id + 1]) await json('triggers', 'delete', String(id));
  expect((await aios('triggers', 'list')).stderr).toContain('No trigger');
});

test('schedules are made, listed and deleted', async () => {
  const created = await json(
    'schedule',
    'create',
    'adder',
    '--cron',
    '0 9 * * 1-5',
    '--timezone',
    'Europe/Berlin',
  );
  expect(created).toMatchObject({ id: expect.any(Number), nextAt: expect.stringMatching(/T0[78]:00:00/) });
  expect(await json('schedule', 'list')).toMatchObject([
    { agent: 'adder', cron: '0 9 * * 1-5', missed: 'once' },
  ]);
  expect((await aios('schedule', 'list')).stdout).toContain('0 9 * * 1-5 (Europe/Berlin)');
  expect((await aios('schedule', 'create', 'adder')).stderr).toContain('one of cron, everyMs and at');
  expect((await aios('schedule', 'create', 'nobody', '--every', '60')).code).toBe(1);
  await json('schedule', 'delete', String(created.id));
  expect((await aios('schedule', 'list')).stderr).toContain('No schedule');
});

test('a call that waits is listed, shown to the letter, edited, denied and approved; decisions are kept', async () => {
  await using client = await connect({ home });
  const wish = { name: 'ask', permissions: ['blackboard.*', '?blackboard.set'] as never };
  const { token } = await client.key.create(wish);
  await using program = await connect({ url: kernel.url, token });
  const waits = async (value: string) => {
    const call = program.blackboard.set({ key: 'plan', value });
    call.catch(() => undefined);
    const list = await vi.waitFor(async () => {
      const found = await json('approvals', 'list');
      expect(found).toHaveLength(1);
      return found;
    });
    return { call, id: String(list[0].id) };
  };
  const first = await waits('go \u202eback');
  const shown = await aios('approvals', 'show', first.id);
  expect(shown.stdout).toContain('"value": "go \\u202eback"');
  expect((await aios('approvals', 'list')).stdout).toContain('blackboard.set plan');
  const edit = await aios('approvals', 'edit', first.id, '--input', '{"key":"plan","value":"stay"}');
  expect(edit).toMatchObject({ code: 0, stdout: expect.stringContaining('blackboard.set plan is approved') });
  await first.call;
  expect((await client.blackboard.get({ key: 'plan' })).value).toBe('stay');
  const second = await waits('go');
  expect((await aios('approvals', 'deny', second.id, '--comment', 'no')).code).toBe(0);
  await expect(second.call).rejects.toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('no'),
  });
  const third = await waits('go');
  expect((await aios('approvals', 'approve', third.id)).code).toBe(0);
  await third.call;
  expect(await json('approvals', 'list', '--state', 'used')).toHaveLength(2);

  expect((await aios('grants', 'allow', 'adder')).code).toBe(0);
  expect((await aios('grants', 'deny', 'adder', 'net.connect')).code).toBe(0);
  expect((await aios('grants', 'list', 'adder')).stdout).toMatch(/net\.connect\s+deny/);
  expect(await json('grants', 'remove', 'adder', 'net.connect')).toEqual({ deleted: 1 });
});

test('a durable process is replayed, forked and reverted by numbers of its calls', async () => {
  const file = join(home, 'asking.ts');
  await writeFile(
    file,
    `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'asking',
  permissions: ['message.*', 'process.log'],
  async run(_input, aios) {
    await aios.process.log({ text: 'ready' });
    const { content } = await aios.message.receive({});
    return content;
  },
});`,
  );
  const { pid } = await json('run', file, '--durable', '--detach');
  await aios('call', 'wait.any', JSON.stringify({ conditions: [{ kind: 'timer', afterMs: 300 }] }));
  const { code, stdout } = await aios('replay', `${pid}`);
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /1 +process\.log +answered\n2 +message\.receive +open\n\nThe same: 1 calls?, answered .* call 2\./,
    ),
  });
  const forked = await json('fork', `${pid}`, '--at', '1');
  expect(forked).toMatchObject({ call: 1 });
  expect(await json('revert', `${pid}`, '--to', '0')).toEqual({ pid, call: 0, takenBack: 1, killed: [] });
  for (const each of [pid, forked.pid]) {
    await aios('call', 'message.send', JSON.stringify({ to: `${each}`, content: 'hello' }));
    expect(await json('call', 'process.wait', JSON.stringify({ pid: each }))).toMatchObject({
      output: 'hello',
    });
  }
  const late = await aios('revert', `${pid}`, '--to', '0');
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining(`aios fork ${pid}`) });
});

test('undo takes a process, its files and its notes back to a checkpoint, and keeps what others wrote', async () => {
  const file = join(home, 'keeping.ts');
  await writeFile(
    file,
    `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'keeping',
  permissions: ['message.receive', 'storage.*', 'memory.*', 'context.*', 'process.log'],
  async run(_input, aios) {
    await aios.storage.write({ path: '/kept.txt', content: 'before' });
    await aios.context.checkpoint({ label: 'start' });
    await aios.storage.write({ path: '/kept.txt', content: 'after' });
    await aios.memory.add({ content: 'written after the checkpoint' });
    await aios.process.log({ text: 'all written' });
    return (await aios.message.receive({})).content;
  },
});`,
  );
  const content = async () => (await json('call', 'storage.read', '{"path":"/kept.txt"}')).content;
  const { pid } = await json('run', file, '--durable', '--detach');
  await eventually(async () => expect(await json('ps')).toMatchObject([{ pid, state: 'waiting' }]));
  expect(await content()).toBe('after');
  const both = await aios('undo', `${pid}`, '--keep', '--force');
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('either --keep or --force') });
  const { code, stdout } = await aios('undo', `${pid}`);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('/kept.txt restored') });
  expect(stdout).toMatch(/Notes +1 removed/);
  await eventually(async () => expect(await json('ps')).toMatchObject([{ pid, state: 'waiting' }]));
  await aios('call', 'storage.write', '{"path":"/kept.txt","content":"by a person"}');
  const refused = await aios('undo', `${pid}`);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('/kept.txt') });
  expect(await json('undo', `${pid}`, '--keep')).toMatchObject({
    files: [{ path: '/kept.txt', outcome: 'kept' }],
  });
  expect(await content()).toBe('by a person');
  await aios('kill', `${pid}`);
});
