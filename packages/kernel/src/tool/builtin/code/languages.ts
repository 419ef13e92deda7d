import type { SandboxLimits } from '../../../sandbox/index.ts';
import { homeInside, reservedByNodeBytes } from '../../../sandbox/index.ts';

interface Language {
  readonly file: string;
  readonly command: (path: string) => readonly [string, ...string[]];
  readonly limits: Pick<SandboxLimits, 'reservedBytes'>;
}

export const languages = ['python', 'javascript', 'shell'] as const;
export type LanguageName = (typeof languages)[number];

const table: Readonly<Record<LanguageName, Language>> = {
  python: { file: 'program.py', command: (path) => ['python3', path], limits: {} },
  javascript: {
    file: 'program.js',
    command: (path) => ['node', path],
    limits: { reservedBytes: reservedByNodeBytes },
  },
  shell: {
    file: 'program.sh',
    command: (path) => ['sh', path],
    // It may start Node.js.
    limits: { reservedBytes: reservedByNodeBytes },
  },
};

/** Where a program stands in the sandbox and how it is run. */
export function programIn(name: LanguageName) {
  const { file, command, limits } = table[name];
  const path = `${homeInside}/.program/${file}`;
  return { path, command: command(path), limits };
}
