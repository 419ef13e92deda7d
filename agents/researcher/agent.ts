// Answers a question from a folder of documents, with sources, a report file and a note for the next time. Shipped with
// AIOS as the example of an agent that uses storage, memory, tools and a model.

import { isAbsolute } from 'node:path';
import { type Aios, AiosError, chatWithTools, defineAgent, type JsonValue, type ToolCall } from '@aios/sdk';
import { z } from 'zod';
import { counted, mountPath, slug } from './names.ts';
import { citationRequest, openingMessages, type Task } from './prompt.ts';
import { renderReport } from './report.ts';
import { checkCitations, passagesOf, source } from './sources.ts';

const input = z.object({
  question: z.string().trim().min(1).max(2000),
  documents: z
    .string()
    .refine(isAbsolute, 'must be the absolute path of a folder')
    .describe('Absolute path of the folder to answer from'),
  report: z.string().optional().describe('Where to write the report, below /reports'),
});

const output = z.object({
  answer: z.string(),
  sources: z.array(source).describe('Cited passages that storage really handed out'),
  unverified: z.array(z.string()).describe('Citations in the answer that match no passage'),
  report: z.string().describe('Path of the report in the kernel’s tree of mounts'),
  noteId: z.string(),
  model: z.string(),
  provider: z.string(),
  notice: z.string().optional().describe('What the reader should know about the model'),
});

const toolNames = ['storage.search', 'storage.read', 'memory.search'];
/** An answer without a source is sent back once. */
const maxAttempts = 2;

export default defineAgent({
  name: 'researcher',
  description: 'Answers a question from a folder of documents, with sources, and writes a report.',
  runtime: 'inline',
  input,
  output,
  permissions: [
    'storage.mount',
    'storage.read:/docs/**',
    'storage.write:/reports/**',
    'memory.read',
    'memory.write',
    'llm.chat',
    'tool.list',
    'tool.call:storage.search',
    'tool.call:storage.read',
    'tool.call:memory.search',
    'tool.call:time.now',
    'process.log',
  ],
  run: async ({ question, documents, report }, aios, { signal }) => {
    const folder = mountPath(documents);
    await mount(aios, folder, documents);
    const notes = await recall(aios, question, folder);
    const findings = await research(
      aios,
      { question, folder, notes: notes.map((note) => note.content) },
      signal,
    );
    const date = await today(aios);
    const path = report ?? `/reports/${slug(question, 60)}.md`;
    await aios.storage.write({
      path,
      content: renderReport({ ...findings, question, documents, folder, date }),
    });
    const { answer, sources, unverified, model, provider, notice } = findings;
    const note = `${question}\n${answer}`;
    const known = notes.find((earlier) => earlier.content === note);
    const noteId = known?.id ?? (await remember(aios, note, folder, documents));
    return { answer, sources, unverified, report: path, noteId, model, provider, notice };
  },
});

async function mount(aios: Aios, folder: string, documents: string): Promise<void> {
  const { files, passages, skipped } = await aios.storage.mount({ path: folder, source: documents });
  if (files === 0) {
    throw new AiosError(
      'failed_precondition',
      `${documents} holds no text that can be searched (${counted(skipped, 'file')} left out). Name a folder with text files.`,
    );
  }
  const leftOut = skipped > 0 ? `, ${skipped} left out` : '';
  await aios.process.log({ text: `${counted(files, 'file')} in ${counted(passages, 'passage')}${leftOut}` });
}

async function recall(aios: Aios, question: string, folder: string) {
  const { notes } = await aios.memory.search({ query: question, tags: [folder], limit: 3 });
  if (notes.length > 0) await aios.process.log({ text: `${counted(notes.length, 'note')} from earlier` });
  return notes;
}

/** Lets the model search and answer until the answer has a source, and checks what it cites. */
async function research(aios: Aios, task: Task, signal: AbortSignal) {
  const { folder, question } = task;
  const tools = await researchTools(aios);
  const callTool = (call: ToolCall): Promise<JsonValue> => callWithin(aios, folder, call);
  let messages = openingMessages(task);
  const outcomes = [];
  for (let attempt = 1; ; attempt += 1) {
    const round = await chatWithTools(aios, { messages, tools, signal, callTool });
    outcomes.push(...round.outcomes);
    const { message, model, provider, metadata } = round.reply;
    const passages = passagesOf(outcomes, folder);
    const checked = checkCitations(message.content, passages, folder);
    if (checked.sources.length > 0) {
      const notice = typeof metadata?.notice === 'string' ? metadata.notice : undefined;
      return { answer: message.content, ...checked, passages, model, provider, notice };
    }
    if (attempt === maxAttempts) throw unsupported(question, message.content, passages.length);
    messages = [...round.messages, citationRequest(question, checked.unverified)];
  }
}

async function researchTools(aios: Aios) {
  const { tools } = await aios.tool.list();
  const wanted = tools.filter((tool) => toolNames.includes(tool.name));
  if (wanted.some((tool) => tool.name === 'storage.search')) return wanted;
  throw new AiosError('permission_denied', 'The researcher needs the permission "tool.call:storage.search".');
}

/** A search that names no folder is meant for the documents. */
async function callWithin(aios: Aios, folder: string, call: ToolCall): Promise<JsonValue> {
  const { path } = call.arguments;
  const everywhere = call.name === 'storage.search' && (path === undefined || path === '' || path === '/');
  const input = { ...call.arguments, ...(everywhere && { path: folder }) };
  return (await aios.tool.call({ name: call.name, arguments: input })).result;
}

function unsupported(question: string, answer: string, passages: number): AiosError {
  const found =
    passages === 0
      ? 'No passage matches it; ask in words that the documents use.'
      : `The answer rests on none of the passages found (${passages}); ask more exactly or use a stronger model.`;
  return new AiosError('not_found', `The documents do not answer "${question}". ${found}`, {
    details: { answer },
  });
}

const timeResult = z.object({ utc: z.string() });

async function today(aios: Aios): Promise<string> {
  const { result } = await aios.tool.call({ name: 'time.now' });
  return timeResult.parse(result).utc.slice(0, 10);
}

async function remember(aios: Aios, content: string, folder: string, documents: string): Promise<string> {
  const context = `What ${documents} says`.slice(0, 1000);
  const { id } = await aios.memory.add({ content, context, tags: ['researcher', folder] });
  return id;
}
