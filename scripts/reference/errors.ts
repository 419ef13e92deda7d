import { AiosError, type Disposition, errorCodes, errorCodeTable } from '@aios/protocol';
import { generatedNotice, table } from './markdown.ts';

const dispositions: Readonly<Record<Disposition, string>> = {
  retry: 'The same call may succeed if it is made again.',
  wait: 'The same call will succeed later; `details.retryAfterMs` and the header `retry-after` say when, where known.',
  fix_input: 'The call must be changed first; repeating it gives the same error.',
  ask_human: 'A person has to allow something or to decide.',
  operator: 'Whoever runs the kernel has to look into it.',
};

/** docs/reference/errors.md */
export function renderErrors(): string {
  const example = new AiosError('not_found', 'There is no file /notes/today.md.').toProblem();
  const overview = errorCodes.options.map((code) => {
    const { status, disposition, meaning } = errorCodeTable[code];
    return [`[\`${code}\`](#${code})`, String(status), `\`${disposition}\``, meaning];
  });
  const sections = errorCodes.options.map((code) => {
    const { status, disposition, meaning } = errorCodeTable[code];
    return `### ${code}\n\n${meaning} HTTP status ${status}; disposition \`${disposition}\`: ${dispositions[disposition]}`;
  });
  return `${[
    '# Errors',
    generatedNotice,
    'Every failure has one of these codes, whichever way the call came. Over HTTP it is a problem document (RFC 9457, ' +
      '`application/problem+json`); over the WebSocket the same document stands in an `error` frame.',
    `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``,
    'A body that is too large is refused with HTTP status 413, one that does not say it is JSON with 415, another method ' +
      'than POST with 405, a request that does not arrive in time with 408; their codes are of the same list.',
    '## Dispositions',
    'The disposition says what the receiver can do. An error may carry another one than its code usually has.',
    table(
      ['Disposition', 'What to do'],
      Object.entries(dispositions).map(([name, text]) => [`\`${name}\``, text]),
    ),
    '## Codes',
    table(['Code', 'HTTP status', 'Disposition', 'Meaning'], overview),
    ...sections,
  ].join('\n\n')}\n`;
}
