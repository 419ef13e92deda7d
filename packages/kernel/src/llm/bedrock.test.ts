import { always, type BedrockCredentials, startBedrockServer } from '@aios/testing';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { config, failure } from './llm.fixture.ts';
import { configuredCores } from './settings/index.ts';

// Bedrock without a key: requests are signed with AWS’s own variables. The server computes the signatures by itself.

const credentials: BedrockCredentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
};
const env = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: credentials.region,
};
const entry = {
  name: 'claude',
  backend: 'bedrock',
  model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
};

async function boot(hostname: string, used: Record<string, string>) {
  const models = [{ ...entry, hostname }];
  return bootInstallation({ config: JSON.stringify({ llms: { models, retries: 0 } }), env: used });
}

const chat = { messages: [{ role: 'user' as const, content: 'Hi' }] };

test.each([
  ['keys', credentials, env],
  ['temporary keys', { ...credentials, sessionToken: 'a/b+c==' }, { ...env, AWS_SESSION_TOKEN: 'a/b+c==' }],
])('calls are signed with %s, whole and streamed', async (_name, wanted, used) => {
  const script = always({ text: ['sig', 'ned'] });
  await using server = await startBedrockServer({ script, credentials: wanted });
  await using installation = await boot(server.baseUrl, used);
  const { session } = installation;
  expect((await session.call('llm.chat', chat)).message.content).toBe('signed');
  const pieces: unknown[] = [];
  await session.call('llm.chat', chat, { onChunk: (chunk) => pieces.push(chunk) });
  expect(pieces).toHaveLength(2);
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
});

test('keys that AWS refuses are an error that shows none of them', async () => {
  await using server = await startBedrockServer({ script: always({ text: 'x' }), credentials });
  const secret = 'not-the-secret-of-anybody-0123456789';
  await using installation = await boot(server.baseUrl, { ...env, AWS_SECRET_ACCESS_KEY: secret });
  const error = await failure(() => installation.session.call('llm.chat', chat));
  expect(error).toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/signature we calculated does not match/),
  });
  expect(JSON.stringify(error.toProblem())).not.toContain(secret);
});

test('without any of them the error names the variables', async () => {
  await using installation = await boot('https://bedrock-runtime.eu-central-1.amazonaws.com', {});
  const error = await failure(() => installation.session.call('llm.chat', chat));
  expect(error).toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(
      /AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
    ),
  });
});

test('the region names the endpoint where the entry names none, and a key comes before signing', () => {
  const core = (used: Record<string, string>) => configuredCores(config({ models: [entry] }), used)[0];
  expect(core(env)).toMatchObject({
    baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
    awsCredentials: { accessKeyId: credentials.accessKeyId },
  });
  expect(core({ ...env, AWS_BEARER_TOKEN_BEDROCK: 'k' })).not.toHaveProperty('awsCredentials');
  expect(() => core({})).toThrow(/needs the URL/);
});
