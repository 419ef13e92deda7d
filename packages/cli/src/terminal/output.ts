import type { CommonOptions } from '../common-options.ts';
import { Screen } from './screen.ts';

/** Where a command writes: results to standard output, as JSON with `--json`; progress to standard error. */
export interface Output {
  readonly json: boolean;
  /** Where people read: standard output, or standard error when that carries JSON. */
  readonly screen: Screen;
  /** For progress and remarks, which are no part of the result. */
  readonly aside: Screen;
  /** The result: one JSON document with `--json`, else what `show` writes. */
  result(document: unknown, show: (screen: Screen) => void): void;
  /** A part of a stream: one line of JSON with `--json`, else what `show` writes. */
  part(document: unknown, show: (screen: Screen) => void): void;
}

export function createOutput({ json = false }: CommonOptions): Output {
  const aside = new Screen(process.stderr);
  const screen = json ? aside : new Screen(process.stdout);
  const write = (document: unknown, space: number, show: (screen: Screen) => void): void => {
    if (json) process.stdout.write(`${JSON.stringify(document, null, space)}\n`);
    else show(screen);
  };
  return {
    json,
    screen,
    aside,
    result: (document, show) => write(document, 2, show),
    part: (document, show) => write(document, 0, show),
  };
}
