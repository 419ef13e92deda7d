import { AiosError, type JsonValue, type SyscallChannel } from '@aios/sdk';
import { expect, test } from 'vitest';
import researcher from './agent.ts';
import { mountPath } from './names.ts';

const documents = '/home/someone/manual';
const folder = mountPath(documents);
const { signal } = new AbortController();
const passage = { path: `${folder}/ports.md`, startLine: 7, endLine: 9, text: 'The port is 8000.', score: 2 };

interface Scenario {
  /** What the model says, one reply after the other; a query makes it search. */
  replies: (string | { query: string })[];
  files?: number;
  notes?: { id: string; content: string }[];
}

/** A kernel of one conversation: a folder with one passage, a model that says what the scenario says. */
function scripted({ replies, files = 3, notes = [] }: Scenario) {
  const calls: { name: string; input: Record<string, JsonValue> }[] = [];
  const answers: Record<string, (input: Record<string, JsonValue>) => JsonValue> = {
    'storage.mount': () => ({
      path: folder,
      source: documents,
      readOnly: true,
      files,
      passages: 9,
      skipped: 1,
    }),
    'memory.search': () => ({ notes }),
    'tool.list': () => ({
      tools: ['calculator', 'storage.search', 'storage.read'].map((name) => ({
        name,
        description: '',
        inputSchema: {},
      })),
    }),
    'tool.call': ({ name }): JsonValue =>
      name === 'time.now' ? { result: { utc: '2026-02-03T04:05:06Z' } } : { result: { matches: [passage] } },
    'llm.chat': () => chatReply(replies.shift() ?? 'nothing more to say'),
    'storage.write': ({ path = '' }) => ({ path, version: 1, sha256: '', sizeBytes: 1 }),
    'memory.add': () => ({ id: 'new-note' }),
    'process.log': () => ({}),
  };
  const call = async (name: string, input: Record<string, JsonValue>) => {
    calls.push({ name, input: structuredClone(input) });
    const answer = answers[name];
    if (!answer) throw new Error(`the researcher made an unexpected call: ${name}`);
    return answer(input);
  };
  const inputsOf = (name: string) => calls.filter((made) => made.name === name).map((made) => made.input);
  return { channel: { call } as unknown as SyscallChannel, inputsOf };
}

function chatReply(reply: string | { query: string }): JsonValue {
  const toolCalls =
    typeof reply === 'string' ? [] : [{ id: 't', name: 'storage.search', arguments: { query: reply.query } }];
  return {
    message: { role: 'assistant', content: typeof reply === 'string' ? reply : '', toolCalls },
    finishReason: 'stop',
    model: 'tester',
    provider: 'script',
    usage: { inputTokens: 1, outputTokens: 1, source: 'provider' },
    metadata: { notice: 'not a real model' },
  };
}

const question = 'Which port is it?';
const answer = `It is 8000 [${folder}/ports.md:8].`;

test('answers with sources that storage handed out, writes a report and remembers', async () => {
  const { channel, inputsOf } = scripted({ replies: [{ query: 'port' }, answer] });
  expect(await researcher.start({ question, documents }, channel, signal)).toEqual({
    answer,
    sources: [{ path: `${folder}/ports.md`, startLine: 8 }],
    unverified: [],
    report: '/reports/which-port-is-it.md',
    noteId: 'new-note',
    model: 'tester',
    provider: 'script',
    notice: 'not a real model',
  });
  expect(inputsOf('storage.mount')).toEqual([{ path: folder, source: documents }]);
  expect(inputsOf('tool.call')[0]).toEqual({
    name: 'storage.search',
    arguments: { query: 'port', path: folder },
  });
  const [written] = inputsOf('storage.write');
  for (const part of [
    question,
    answer,
    'ports.md`, line 8',
    'The port is 8000.',
    '2026-02-03',
    'tester',
    'not a real',
  ]) {
    expect(written?.content).toContain(part);
  }
  expect(inputsOf('memory.add')).toMatchObject([
    { content: `${question}\n${answer}`, tags: ['researcher', folder] },
  ]);
});

test('only the tools that it needs are offered to the model', async () => {
  const { channel, inputsOf } = scripted({ replies: [{ query: 'port' }, answer] });
  await researcher.start({ question, documents }, channel, signal);
  expect(inputsOf('llm.chat')[0]?.tools).toMatchObject([
    { name: 'storage.search' },
    { name: 'storage.read' },
  ]);
});

test('an answer without a real source is sent back once', async () => {
  const { channel, inputsOf } = scripted({ replies: ['8000 [made-up.md:1]', { query: 'port' }, answer] });
  const output = await researcher.start({ question, documents }, channel, signal);
  expect(output).toMatchObject({ answer, unverified: [] });
  expect(JSON.stringify(inputsOf('llm.chat')[1]?.messages)).toContain('made-up.md:1');
});

test('without any source the job fails, leaves no report and no note, and keeps the answer for whoever asks', async () => {
  const { channel, inputsOf } = scripted({ replies: ['8000, I think.', { query: 'port' }, 'Still 8000.'] });
  const failure = await researcher
    .start({ question, documents }, channel, signal)
    .catch((thrown: unknown) => thrown);
  expect(AiosError.isInstance(failure) && failure.code).toBe('not_found');
  expect(failure).toMatchObject({
    details: { answer: 'Still 8000.' },
    message: expect.stringContaining(question),
  });
  expect(inputsOf('storage.write')).toEqual([]);
  expect(inputsOf('memory.add')).toEqual([]);
});

test('a folder without text is refused before a model is asked', async () => {
  const { channel, inputsOf } = scripted({ replies: [], files: 0 });
  await expect(researcher.start({ question, documents }, channel, signal)).rejects.toThrow(
    /manual holds no text/,
  );
  expect(inputsOf('llm.chat')).toEqual([]);
});

test('notes from earlier go to the model; what is known already is not noted again', async () => {
  const notes = [{ id: 'old-note', content: `${question}\n${answer}` }];
  const { channel, inputsOf } = scripted({ replies: [{ query: 'port' }, answer], notes });
  expect(await researcher.start({ question, documents }, channel, signal)).toMatchObject({
    noteId: 'old-note',
  });
  expect(inputsOf('memory.add')).toEqual([]);
  expect(JSON.stringify(inputsOf('llm.chat')[0]?.messages)).toContain('It is 8000');
});

test('the folder must be named by its absolute path', async () => {
  const { channel } = scripted({ replies: [] });
  await expect(researcher.start({ question, documents: 'docs' }, channel, signal)).rejects.toThrow(
    /input\.documents/,
  );
});
