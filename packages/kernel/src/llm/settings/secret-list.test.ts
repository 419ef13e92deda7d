import { expect, test } from 'vitest';
import { configSchema } from '../../config/index.ts';
import { listSecrets, maskSecret } from './secret-list.ts';

const secret = (name: string) => `sk-${name}-0123456789abcdef`;

function list(config: object, environment: Record<string, string>, secrets: Record<string, string>) {
  return listSecrets({ config: configSchema.parse(config), environment, secrets });
}

test('what is in force is told from what another place shadows', () => {
  const rows = list(
    {
      api_keys: { groq: secret('config') },
      llms: { models: [{ name: 'a', backend: 'openai', api_key: secret('own') }] },
    },
    { OPENAI_API_KEY: secret('process'), MISTRAL_API_KEY: '' },
    {
      OPENAI_API_KEY: secret('store'),
      GROQ_API_KEY: secret('store'),
      MISTRAL_API_KEY: secret('store'),
      OTHER: 'x',
    },
  ).filter(({ source }) => source !== undefined);
  expect(rows.map(({ name, source, isUsed }) => [name, source, isUsed])).toEqual([
    ['OPENAI_API_KEY', 'environment', true],
    ['OPENAI_API_KEY', '.env', false],
    ['GROQ_API_KEY', '.env', false],
    ['MISTRAL_API_KEY', '.env', true],
    ['OTHER', '.env', false],
    ['api_keys.groq', 'config.yaml', true],
    ['llms.models[0].api_key', 'config.yaml', true],
  ]);
  expect(JSON.stringify(rows)).not.toContain('0123456789');
});

test('of two variables for one provider the first in its row counts', () => {
  const rows = list({}, {}, { HF_TOKEN: secret('a'), HF_AUTH_TOKEN: secret('b') });
  expect(rows.filter(({ isUsed }) => isUsed).map(({ name }) => name)).toEqual(['HF_TOKEN']);
});

test('variables that are no secrets are shown, those of AWS are hidden, and all count as read', () => {
  const rows = list(
    {},
    { HF_HOME: '/data/hugging-face', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE0123456789' },
    { AWS_SECRET_ACCESS_KEY: secret('aws'), AIOS_PYTHON: '/opt/python', OLLAMA_HOST: 'http://ada:pass@gpu' },
  ).filter(({ source }) => source !== undefined);
  expect(Object.fromEntries(rows.map(({ name, masked }) => [name, masked]))).toEqual({
    HF_HOME: '/data/hugging-face',
    AWS_ACCESS_KEY_ID: 'AKI…6789',
    AWS_SECRET_ACCESS_KEY: 'sk-…cdef',
    AIOS_PYTHON: '/opt/python',
    OLLAMA_HOST: '********',
  });
  expect(rows.every(({ isUsed }) => isUsed)).toBe(true);
});

test.each([
  ['sk-0123456789abcd', 'sk-…abcd'],
  ['short', '********'],
  ['postgres://user:password@host:5432/database', '********'],
])('%s is shown as %s', (value, masked) => {
  expect(maskSecret(value)).toBe(masked);
});
