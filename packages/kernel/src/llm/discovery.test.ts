import { expect, test } from 'vitest';
import { ollamaOrigin } from './discovery.ts';

test.each([
  [undefined, 'http://127.0.0.1:11434'],
  ['', 'http://127.0.0.1:11434'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  ['gpu-box', 'http://gpu-box:11434'],
  ['gpu-box:8080', 'http://gpu-box:8080'],
  ['gpu-box:80', 'http://gpu-box'],
  [':9999', 'http://127.0.0.1:9999'],
  ['http://gpu-box:1234/', 'http://gpu-box:1234'],
  ['https://ollama.example.org', 'https://ollama.example.org'],
  ['not a host', 'http://127.0.0.1:11434'],
])('OLLAMA_HOST %j is %s', (host, origin) => {
  expect(ollamaOrigin(host)).toBe(origin);
});
