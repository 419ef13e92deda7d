import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../command-failure.ts';
import { exitCodes } from '../exit-codes.ts';

const ownDocuments = fileURLToPath(new URL('../../../../docs', import.meta.url));
const ownQuestion = 'What happens, step by step, when an agent makes a system call?';

export interface Task {
  /** Absolute path of a folder that is not empty. */
  documents: string;
  question: string;
}

/** What the researcher is to do: the person’s folder and question, or AIOS’s own documents and one about them. */
export async function readTask({ docs, ask }: { docs?: string; ask?: string[] }): Promise<Task> {
  const question = ask?.join(' ').trim();
  if (question === '')
    throw new CommandFailure('--ask is empty: write the question after it.', exitCodes.usage);
  if (docs === undefined) {
    await refuseUseless(ownDocuments);
    return { documents: ownDocuments, question: question ?? ownQuestion };
  }
  const documents = resolve(callersFolder(), docs);
  await refuseUseless(documents);
  if (question === undefined) {
    throw new CommandFailure(
      `What should be asked about ${documents}? Add: --ask "YOUR QUESTION"`,
      exitCodes.usage,
    );
  }
  return { documents, question };
}

/** `npm start` runs in the project’s folder, whichever folder it was called in. */
function callersFolder(): string {
  const { npm_lifecycle_event: event, INIT_CWD: folder } = process.env;
  return event === 'start' && folder ? folder : process.cwd();
}

async function refuseUseless(folder: string): Promise<void> {
  const problem = await problemOf(folder);
  if (problem) throw new CommandFailure(`--docs wants a folder with documents: ${problem}.`, exitCodes.usage);
}

async function problemOf(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return `${folder} is a file. Name the folder that holds it`;
    return (await readdir(folder)).length === 0 ? `${folder} is empty` : undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no ${folder}`;
    return `${folder} cannot be read (${code})`;
  }
}
