import { AiosError } from '@aios/protocol';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Config } from '../../../config/index.ts';
import {
  type AddressGuard,
  addressGuard,
  guardedLookup,
  type Lookup,
  operatingSystemLookup,
} from '../../../network/index.ts';
import { defineTool, type Tool, type ToolContext } from '../../tool.ts';
import { readText, tooLarge } from './read-text.ts';
import { checkTarget } from './target-url.ts';
import { acceptedEncodings, unpack } from './unpack.ts';

export interface HttpGetOptions {
  readonly config: () => Config;
  readonly lookup?: Lookup;
}

const maxRedirects = 5;
const maxHeaderBytes = 64 * 1024;

/** Reads pages of the public internet; hosts need the grant `net.connect:HOST`. */
export function httpGet({ config, lookup = operatingSystemLookup }: HttpGetOptions): Tool {
  return defineTool({
    name: 'http.get',
    description:
      'Read a text (HTML, JSON, XML, plain) from the web with GET, following redirects. Gives status, contentType, url (where it ended) and text. Long texts come in parts: read on with start.',
    input: z.object({
      url: z.string().min(1).max(8192).describe('http or https'),
      start: z.number().int().nonnegative().default(0).describe('Characters to skip'),
      maxCharacters: z.number().int().positive().max(200_000).default(50_000),
    }),
    effect: 'read',
    idempotent: true,
    isUntrusted: true,
    destination: ({ url }) => url,
    run: async ({ url, start, maxCharacters }, context) => {
      const { http_allow, http_max_bytes, http_timeout_ms } = config().tool;
      const isAllowed = addressGuard(http_allow);
      const deadline = AbortSignal.timeout(http_timeout_ms);
      const signal = AbortSignal.any([context.signal, deadline]);
      // Loaded when first needed, to keep the kernel’s start and memory small.
      const { Agent } = await import('undici');
      // One for each call: no connection made under other rules is used again.
      const agent = new Agent({
        connect: {
          lookup: guardedLookup(lookup, isAllowed),
          timeout: http_timeout_ms,
          allowH2: false,
          signal,
        },
        maxHeaderSize: maxHeaderBytes,
        pipelining: 0,
      });
      try {
        const page = await fetchPage(url, {
          dispatcher: agent,
          signal,
          context,
          isAllowed,
          maxBytes: http_max_bytes,
        });
        const text = page.text.slice(start, start + maxCharacters);
        const isPart = text.length < page.text.length;
        return { ...page, text, ...(isPart && { start, totalCharacters: page.text.length }) };
      } catch (thrown) {
        throw explained(thrown, deadline, http_timeout_ms);
      } finally {
        await agent.destroy();
      }
    },
  });
}

interface Fetching {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly context: ToolContext;
  readonly isAllowed: AddressGuard;
  readonly maxBytes: number;
}

async function fetchPage(first: string, { dispatcher, signal, context, isAllowed, maxBytes }: Fetching) {
  const { request } = await import('undici');
  let url = await checkTarget(first, undefined, context, isAllowed);
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      signal,
      headers: {
        accept: 'text/*, application/json, application/xml;q=0.9, */*;q=0.5',
        'accept-encoding': acceptedEncodings,
        'user-agent': 'aios/0.1',
      },
    });
    // A body that is not read to its end reports that it was cut off, and nobody depends on it then.
    body.on('error', ignore);
    const location = redirectOf(statusCode, headers.location);
    if (location !== undefined) {
      body.destroy();
      url = await checkTarget(location, url, context, isAllowed);
      continue;
    }
    const contentType = single(headers['content-type']);
    if (Number(single(headers['content-length'])) > maxBytes) throw tooLarge(maxBytes);
    const chunks = unpack(body, single(headers['content-encoding']));
    const text = await readText({ chunks, contentType }, maxBytes);
    return { status: statusCode, contentType: contentType ?? '', url: url.href, text };
  }
  throw new AiosError(
    'failed_precondition',
    `The address redirects more than ${maxRedirects} times. Ask for the page that it should lead to.`,
  );
}

const ignore = () => undefined;

function redirectOf(status: number, location: string | string[] | undefined): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? single(location) : undefined;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

const failures: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host does not exist',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'the host refuses the connection',
  ECONNRESET: 'the host closed the connection',
  Z_DATA_ERROR: 'its packed content is damaged',
  Z_BUF_ERROR: 'its packed content is cut off',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the host closed the connection',
  UND_ERR_SOCKET: 'the host closed the connection',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
};

function explained(thrown: unknown, deadline: AbortSignal, timeoutMs: number): unknown {
  if (AiosError.isInstance(thrown)) return thrown;
  if (deadline.aborted) {
    return new AiosError(
      'deadline_exceeded',
      `No complete answer within ${timeoutMs} ms. Try again later, or raise tool.http_timeout_ms in config.yaml.`,
      { cause: thrown },
    );
  }
  if (!(thrown instanceof Error) || thrown.name === 'AbortError') return thrown;
  const code = 'code' in thrown ? String(thrown.code) : '';
  const reason = failures[code] ?? thrown.message;
  return new AiosError('unavailable', `The page cannot be read: ${reason}.`, { cause: thrown });
}
