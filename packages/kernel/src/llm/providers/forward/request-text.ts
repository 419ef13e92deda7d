import { AiosError, type ForwardRequest } from '@aios/protocol';
import { isPresent } from './counts.ts';
import type { Format } from './format.ts';
import {
  type Member,
  memberNamed,
  membersAt,
  membersOfRequest,
  parsedMember,
  replaced,
} from './json-text.ts';

/** A request as it goes to a provider, and what of its answer must be put back. */
export interface PreparedRequest {
  readonly body: string;
  /** The name by which the client asked for the model, as JSON; absent where the answer may keep its own. */
  readonly askedModel?: string;
  /** The client did not ask for the usage of its stream: an event that holds nothing else is ours. */
  readonly addsUsage: boolean;
}

/**
 * Writes the provider’s name of the model into the body, the priority where there is one, and asks for the usage of a stream; all
 * else stays as it is. Throws
 * `invalid_argument` where the body is no JSON object or says something else of streaming than the call.
 */
export function prepareRequest(
  { body, stream }: Pick<ForwardRequest, 'body' | 'stream'>,
  format: Format,
  model: string,
  priority?: number,
): PreparedRequest {
  const members = membersOfRequest(body);
  if (members === undefined) throw new AiosError('invalid_argument', 'The body is not a JSON object.');
  if (!format.namesModel) return { body, addsUsage: false };
  refuseOtherStream(body, members, stream);

  const wanted = JSON.stringify(model);
  const named = members.filter(({ name }) => name === 'model');
  const changes = named
    .filter(({ start, end }) => end - start !== wanted.length || !body.startsWith(wanted, start))
    .map(({ start, end }) => ({ start, end, text: wanted }));
  const additions = named.length === 0 ? [`"model":${wanted}`] : [];
  if (priority !== undefined) {
    const present = members.filter(({ name }) => name === 'priority');
    changes.push(...present.map(({ start, end }) => ({ start, end, text: `${priority}` })));
    if (present.length === 0) additions.push(`"priority":${priority}`);
  }
  const usage = stream && format.asksForUsage ? askForUsage(body, members) : undefined;
  if (usage?.kind === 'change') changes.push(usage);
  else if (usage !== undefined) additions.push(usage.text);
  if (additions.length > 0) changes.push(firstMembers(body, members, additions));
  changes.sort((left, right) => left.start - right.start);

  const asked = named.at(-1);
  return {
    body: changes.length === 0 ? body : replaced(body, changes),
    ...(asked && { askedModel: body.slice(asked.start, asked.end) }),
    addsUsage: usage !== undefined,
  };
}

/** The provider does what the body says, so the call must say the same. */
function refuseOtherStream(body: string, members: readonly Member[], stream: boolean): void {
  const says = members.filter(({ name }) => name === 'stream').map((member) => parsedMember(body, member));
  const streams = says.length > 0 && says.some((value) => value === true);
  if (streams === stream && (says.length < 2 || says.every((value) => value === stream))) return;
  throw new AiosError('invalid_argument', `The call says stream: ${stream}, its body something else.`);
}

type UsageRequest =
  | { kind: 'addition'; text: string }
  | { kind: 'change'; start: number; end: number; text: string };

/** What must change for the provider to tell the usage; nothing where the client asked for it. */
function askForUsage(body: string, members: readonly Member[]): UsageRequest | undefined {
  const options = memberNamed(members, 'stream_options');
  const asked = '"include_usage":true';
  if (options === undefined) return { kind: 'addition', text: `"stream_options":{${asked}}` };
  const { start, end } = options;
  if (!isPresent(body, options)) return { kind: 'change', start, end, text: `{${asked}}` };
  const inner = membersAt(body, start);
  if (inner === undefined) return undefined;
  const present = memberNamed(inner, 'include_usage');
  if (present === undefined) {
    return { kind: 'change', start: start + 1, end: start + 1, text: inner.length > 0 ? `${asked},` : asked };
  }
  if (parsedMember(body, present) === true) return undefined;
  return { kind: 'change', start: present.start, end: present.end, text: 'true' };
}

function firstMembers(body: string, members: readonly Member[], additions: readonly string[]) {
  const place = body.indexOf('{') + 1;
  const text = `${additions.join(',')}${members.length > 0 ? ',' : ''}`;
  return { start: place, end: place, text };
}
