import { expect, test } from 'vitest';
import { checkSignature, webhookEvent } from './webhook.ts';

const refused = expect.objectContaining({ code: 'unauthenticated' });

test('the signature of GitHub’s own example is right', () => {
  // docs.github.com, "Validating webhook deliveries": secret, payload and signature to test with.
  const headers = {
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  };
  const body = Buffer.from('Hello, World!');
  checkSignature({ headers, body }, "It's a Secret to Everybody", 0);
  expect(() => checkSignature({ headers, body }, 'another', 0)).toThrow(refused);
});

test('the signature of the Standard Webhooks example is right, within five minutes', () => {
  // github.com/standard-webhooks/standard-webhooks, the example of its libraries.
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature':
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo=',
  };
  const body = Buffer.from('{"test": 2432232314}');
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  checkSignature({ headers, body }, secret, 1_614_265_330_000);
  expect(() => checkSignature({ headers, body }, secret, 1_614_265_330_000 + 301_000)).toThrow(refused);
  const other = { ...headers, 'webhook-id': 'msg_other' };
  expect(() => checkSignature({ headers: other, body }, secret, 1_614_265_330_000)).toThrow(refused);
  expect(() => checkSignature({ headers: {}, body }, secret, 0)).toThrow(refused);
});

test('JSON is told as what it says, anything else as text; what says that it is JSON must be', () => {
  const event = (type: string, body: string) =>
    webhookEvent({ headers: { 'content-type': type }, body: Buffer.from(body) }, 'd');
  expect(event('application/json; charset=utf-8', '{"a":[1]}')).toMatchObject({ body: { a: [1] } });
  expect(event('application/vnd.github+json', '1')).toMatchObject({ body: 1 });
  expect(event('text/plain', '{"a":1}')).toMatchObject({ body: '{"a":1}' });
  expect(() => event('application/json', '{')).toThrow(/is not/);
});
