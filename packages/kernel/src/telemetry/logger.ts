import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Paths of log objects that could carry a secret; their values never reach a log. */
const secrets = ['token', 'apiKey', 'api_key', 'authorization', 'headers.authorization'];

/** The kernel’s log: one JSON object a line, on standard error unless another destination is given. */
export function createLogger(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  const redact = [...secrets, ...secrets.map((path) => `*.${path}`)];
  return pino({ level, base: undefined, redact: { paths: redact, censor: '[secret]' } }, destination);
}
