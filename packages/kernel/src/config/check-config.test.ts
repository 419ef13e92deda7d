import { expect, test } from 'vitest';
import { checkConfig } from './check-config.ts';
import { defaultConfigFile } from './default-file.ts';
import { formatProblem } from './problem.ts';
import { configSchema } from './schema.ts';

function check(text: string, environment: Record<string, string> = {}) {
  const { config, problems, warnings } = checkConfig('config.yaml', text, environment);
  return { config, problems: problems.map(formatProblem), warnings: warnings.map(formatProblem) };
}

test('the file of the first boot holds exactly the defaults', () => {
  expect(check(defaultConfigFile)).toEqual({ config: configSchema.parse({}), problems: [], warnings: [] });
});

test('services have names of their own, and come after others that there are, in no circle', () => {
  const problemsOf = (entries: string) => check(`services: [ ${entries} ]`).problems.join('\n');
  expect(problemsOf('{ name: a, agent: x }, { name: b, agent: x, after: [ a ] }')).toBe('');
  expect(problemsOf('{ name: a, agent: x }, { name: a, agent: y }')).toMatch(
    /"a" is the name of two services/,
  );
  expect(problemsOf('{ name: a, agent: x, after: [ c ] }')).toMatch(/there is no service "c"/);
  expect(
    problemsOf(
      '{ name: a, agent: x, after: [ b ] }, { name: b, agent: x, after: [ c ] }, { name: c, agent: x, after: [ a ] }',
    ),
  ).toMatch(/start after itself/);
});

test('a file of the Python AIOS is accepted without a word', () => {
  const text = `
api_keys: { openai: "", gemini: "", huggingface: { auth_token: "", cache_dir: "" }, groq: }
llms:
  models:
    - { name: gpt-4o, backend: openai }
    - { name: qwen, backend: vllm, hostname: "http://localhost:8091/v1/", max_gpu_memory: {0: "48GB"}, eval_device: "cuda:0" }
  router: { strategy: sequential, bootstrap_url: "https://drive.google.com/x" }
  log_mode: console
  use_context_manager: false
memory:
  log_mode: console
  provider: in-house
  auto_extract: false
  mem0: { api_key: x }
storage: { root_dir: root, use_vector_db: true, vector_db_backend: chroma, qdrant_host: h, vector_db_config: {} }
scheduler: { log_mode: console }
agent_factory: { log_mode: console, max_workers: 64 }
server: { host: localhost, port: 8000 }
tool: { mcp_server_script_path: aios/tool/mcp_server.py }
`;
  const { config, problems, warnings } = check(text);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([]);
  expect(config?.llms.models[1]?.hostname).toBe('http://localhost:8091/v1');
  expect(config?.server.host).toBe('localhost');
});

test('all problems are found at once, each with its line, column and key', () => {
  const text = `server:
  port: eighty
  host: "http://x"
llms:
  models:
    - name: one
    - name: two
      backend: ollama
      hostname: localhost:11434
      concurrency: 0
log:
  level: loud
storage: [a]
tool:
  http_allow: [10.0.0.0/33]
api_keys:
  openai: 12
  huggingface: { auth_token: [1] }
`;
  expect(check(text).problems).toEqual([
    'config.yaml:2:9 server.port: must be a number, not text',
    'config.yaml:3:9 server.host: must be an IP address or a host name without port, such as 127.0.0.1 or localhost',
    'config.yaml:6:7 llms.models[0].backend: is missing (Provider, such as openai, ollama, vllm or offline)',
    expect.stringMatching(
      /^config\.yaml:9:17 llms\.models\[1\]\.hostname: must be a URL that begins with http:\/\/ or https/,
    ),
    'config.yaml:10:20 llms.models[1].concurrency: must be more than 0 (Calls at the same time)',
    'config.yaml:12:10 log.level: must be one of fatal, error, warn, info, debug, trace, silent',
    'config.yaml:13:10 storage: must be a section with keys, not a list',
    'config.yaml:15:16 tool.http_allow[0]: must be an IP address or a subnet, such as 127.0.0.1 or 192.168.0.0/16',
    'config.yaml:17:11 api_keys.openai: cannot be a number',
    'config.yaml:18:30 api_keys.huggingface.auth_token: must be text, not a list',
  ]);
});

test('an unknown key is a warning with its line and the key that may be meant', () => {
  const { config, warnings } = check(
    'server:\n  prot: 9\nfrobnicate: 1\nllms:\n  models: [{name: a, backend: b, modle: c}]\n',
  );
  expect(config?.server.port).toBe(8000);
  expect(warnings).toEqual([
    'config.yaml:2:3 server.prot: is not a known key and has no effect; did you mean server.port?',
    expect.stringMatching(
      /^config\.yaml:3:1 frobnicate: is not a known key and has no effect; known here: api_keys, llms/,
    ),
    'config.yaml:5:34 llms.models[0].modle: is not a known key and has no effect; did you mean llms.models[0].model?',
  ]);
});

test.each([
  ['a tab', 'server:\n\tport: 1\n', /^config\.yaml:2:1: a tab indents/],
  ['a duplicate key', 'server:\n  port: 1\n  port: 2\n', /^config\.yaml:3:3: the key stands twice/],
  ['an open quote', 'server:\n  host: "abc\n', /^config\.yaml:\d+:\d+: a character is missing/],
  ['an open bracket', 'tool:\n  http_allow: [1.1.1.1\n', /^config\.yaml:\d+:\d+: /],
  ['two documents', 'server: {}\n---\nllms: {}\n', /only one document/],
  ['a list', '- a\n- b\n', /^config\.yaml:1:1: must be sections with keys, such as "server:", not a list/],
  ['a single value', 'hello\n', /not a single value/],
  ['a key that is a list', '? [a]\n: 1\n', /a key must be plain text/],
  ['bad indentation', 'server:\n  port: 1\n host: x\n', /^config\.yaml:3:\d+: /],
])('%s is a clear error with its place', (_, text, message) => {
  const { problems, config } = check(text);
  expect(config).toBeUndefined();
  expect(problems.join('\n')).toMatch(message);
});

test('no error quotes the file, which holds secrets', () => {
  const secret = 'sk-verysecret';
  const texts = [
    `api_keys:\n  openai: "a" ${secret}\n`,
    `api_keys:\n  openai: *${secret}\n`,
    `api_keys:\n  openai: !${secret} x\n`,
    `api_keys:\n  openai: @${secret}\n`,
    `api_keys:\n  openai: "\\q${secret}"\n`,
    `api_keys:\n  openai: [${secret}]\n`,
    `api_keys: ${secret}\n`,
    `llms:\n  models: [{name: a, backend: b, hostname: "${secret}"}]\n`,
    `%${secret}\n---\na: 1\n`,
  ];
  for (const text of texts) {
    const { problems } = check(text);
    expect(problems.length, text).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain(secret);
  }
});

test('aliases that multiply are refused at once', () => {
  const levels = Array.from({ length: 12 }, (_, at) =>
    at === 0 ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]' : `a${at}: &a${at} [${`*a${at - 1}, `.repeat(9)}]`,
  );
  expect(check(`${levels.join('\n')}\n`).problems.join()).toMatch(/aliases .* multiply/);
});

test('deep nesting is refused', () => {
  expect(check(`server: ${'['.repeat(50_000)}`).problems.join()).toMatch(/nested too deeply/);
});

test('an alias that refers to a section works, and errors inside it have a place', () => {
  const { problems } = check('scheduler: &s { tool_slots: 0 }\nagent_factory: *s\n');
  expect(problems).toEqual([
    expect.stringMatching(/^config\.yaml:1:\d+ scheduler\.tool_slots: must be more than 0/),
  ]);
});

test('the environment overrides host and port', () => {
  const { config } = check('server: { port: 1, host: a }\n', { AIOS_PORT: '9000', AIOS_HOST: '0.0.0.0' });
  expect(config?.server).toMatchObject({ port: 9000, host: '0.0.0.0' });
  expect(check('server: { port: 1 }\n', { AIOS_PORT: '', AIOS_HOST: '' }).config?.server.port).toBe(1);
});

test.each(['abc', '-1', '65536', '80 80', '1e3', '0x50', '8000.5'])('AIOS_PORT=%s is refused', (port) => {
  expect(check('server: {}\n', { AIOS_PORT: port }).problems).toEqual([
    `AIOS_PORT: must be a number from 0 to 65535 (0: any free port), not "${port}"`,
  ]);
});

test.each(['a b', 'http://x', 'x:80', '-x'])('AIOS_HOST=%s is refused', (host) => {
  expect(check('server: {}\n', { AIOS_HOST: host }).problems).toEqual([
    expect.stringMatching(/^AIOS_HOST: must be an IP address or a host name without port/),
  ]);
});

test('IPv6 addresses are hosts', () => {
  expect(check('server: { host: "::1" }\n').problems).toEqual([]);
});

test('a default model that is not configured is refused', () => {
  expect(check('llms: { default: b, models: [{name: a, backend: openai}] }\n').problems).toEqual([
    'config.yaml:1:18 llms.default: names no model of llms.models; there is a',
  ]);
});

test('a memory provider that is not there is refused instead of ignored', () => {
  expect(check('memory:\n  provider: mem0\n').problems).toEqual([
    'config.yaml:2:13 memory.provider: must be in-house; mem0 and zep are not supported yet',
  ]);
});
