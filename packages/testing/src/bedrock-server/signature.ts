import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { RecordedRequest } from '../wire-server/index.ts';

/** What requests are signed with. */
export interface BedrockCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials, which are not valid without it. */
  readonly sessionToken?: string;
  readonly region: string;
}

const authorization =
  /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/** AWS refuses a signature that is older or newer. */
const maxSkewMs = 5 * 60_000;

/** What must be signed at least; the token of temporary credentials too, where there is one. */
const mustBeSigned = ['host', 'x-amz-date'];

/**
 * Why a request is not signed as these credentials sign it by Signature Version 4, undefined where it is. By the algorithm
 * of docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 */
export function signatureProblem(
  request: RecordedRequest,
  { accessKeyId, secretAccessKey, sessionToken, region }: BedrockCredentials,
): string | undefined {
  const found = authorization.exec(request.headers.authorization ?? '')?.groups;
  if (found === undefined) return 'Missing Authentication Token';
  const { id, day = '', headers = '', signature = '' } = found;
  const token = request.headers['x-amz-security-token'];
  if (id !== accessKeyId || token !== sessionToken) {
    return 'The security token included in the request is invalid.';
  }
  if (found.region !== region || found.service !== 'bedrock') {
    return `Credential should be scoped to region ${region} and service bedrock.`;
  }
  const date = String(request.headers['x-amz-date']);
  if (!date.startsWith(day) || Math.abs(timeOf(date) - Date.now()) > maxSkewMs) {
    return `Signature expired: ${date}`;
  }
  const signed = headers.split(';');
  const wanted = [...mustBeSigned, ...(sessionToken === undefined ? [] : ['x-amz-security-token'])];
  const missing = wanted.find((name) => !signed.includes(name));
  if (missing !== undefined) return `'${missing}' must be a signed header`;

  const scope = `${day}/${region}/bedrock/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonicalRequest(request, signed))].join('\n');
  const key = [day, region, 'bedrock', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  if (timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) return undefined;
  return 'The request signature we calculated does not match the signature you provided.';
}

function canonicalRequest(
  { method, path, headers, text }: RecordedRequest,
  signed: readonly string[],
): string {
  const [place = '', query = ''] = path.split('?');
  // Every service but S3 encodes the segments of the path, which came encoded, once more.
  const canonicalPath = place.split('/').map(encode).join('/');
  const canonicalQuery = query.split('&').sort().join('&');
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`);
  return [method, canonicalPath, canonicalQuery, lines.join(''), signed.join(';'), sha256(text)].join('\n');
}

function encode(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Milliseconds of Unix time of a date such as 20261125T130000Z. */
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
