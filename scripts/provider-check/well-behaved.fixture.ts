import { firstOf, rules, type Script, structured } from '@aios/testing';

const counting = 'one two three four five six seven eight nine ten';

/** The servers count the words of the text, and a call has none. */
const usage = { inputTokens: 40, outputTokens: 12 };

const aboutTools: Script = (request) => {
  const { messages, tools } = request;
  const [name] = tools;
  if (messages.at(-1)?.role === 'tool') return { text: 'It has 17 degrees in Paris.' };
  if (name === undefined) return undefined;
  const call = (city: string) => ({ name, arguments: { city } });
  return rules(
    [/call the tool twice/i, { toolCalls: [call('Paris'), call('Rome')], usage }],
    [/weather in Paris/, { toolCalls: [call('Paris')], usage }],
  )(request);
};

const aboutImages: Script = ({ messages }) =>
  messages.at(-1)?.images === undefined ? undefined : { text: 'Green.' };

const aboutTexts: Script = (request) =>
  rules(
    [/say hello/i, { text: 'Hello there.' }],
    [/from one to twenty/, { text: counting }],
    [/three hundred/, { text: counting, betweenMs: 500 }],
    [/your answer/, { text: request.messages[0]?.role === 'system' ? 'PINEAPPLE' : 'What?' }],
    [/locker number/, { text: request.messages.length === 3 ? '4711' : 'Which?' }],
    [/36 years/, structured({ name: 'Ada', age: 36 })],
    [/alpha bravo/, { text: 'alpha bravo' }],
    [/poem/, { text: 'The sea', finishReason: 'length' }],
    [/robot/, { text: 'Bluey' }],
  )(request);

/** A model that does all that the check asks for. */
export const wellBehaved: Script = firstOf(aboutTools, aboutImages, aboutTexts);
