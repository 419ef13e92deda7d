import type { ChatReply } from '@aios/protocol';
import { type Check, failed, notOffered, passed, quoted } from '../check.ts';

/** The lowest that all providers take. */
const maxTokens = 16;

const stop: Check = {
  name: 'stop',
  async run(subject) {
    const reply = await subject.ask('Write these words and nothing else: alpha bravo charlie delta echo', {
      stop: ['charlie'],
    });
    const { content } = reply.message;
    const warning = warningOn('stop', reply);
    if (warning !== undefined) return notOffered(warning);
    return /charlie|delta/.test(content) ? failed(`the model went on: ${quoted(content)}`) : passed();
  },
};

const lengthLimit: Check = {
  name: 'max tokens',
  async run(subject) {
    const { finishReason } = await subject.ask('Write a poem of forty lines about the sea.', { maxTokens });
    return finishReason === 'length'
      ? passed()
      : failed(`finish reason ${finishReason} instead of length after ${maxTokens} tokens`);
  },
};

/** Nobody promises that replies repeat themselves, so this one only reports. */
const sameTwice: Check = {
  name: 'seed, same reply twice',
  async run(subject) {
    const settings = { seed: 7, temperature: 0, maxTokens: 64 };
    const question = 'Invent a name for a small blue robot. Answer with the name only.';
    const first = await subject.ask(question, settings);
    const second = await subject.ask(question, settings);
    const warning = warningOn('seed', first);
    if (warning !== undefined) return notOffered(warning);
    return first.message.content === second.message.content
      ? passed()
      : notOffered(`${quoted(first.message.content)}, then ${quoted(second.message.content)}`);
  },
};

export const limitChecks: readonly Check[] = [stop, lengthLimit, sameTwice];

/** What the kernel says about a setting that it had to leave out for this provider. */
function warningOn(setting: string, { metadata }: ChatReply): string | undefined {
  const warnings = Array.isArray(metadata?.warnings) ? metadata.warnings : [];
  return warnings.map(String).find((warning) => warning.includes(setting));
}
