import { z } from 'zod';
import { type Check, failed, passed, quoted } from '../check.ts';

const person = z.object({ name: z.string(), age: z.number().int() });

const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};

export const structuredOutput: Check = {
  name: 'structured output',
  async run(subject) {
    const { json, emulated } = await subject.ask('Ada is 36 years old. Who is it, and how old?', {
      responseFormat: { type: 'json_schema', name: 'person', schema },
    });
    const { data } = person.safeParse(json);
    if (data === undefined)
      return failed(`the reply does not match the schema: ${quoted(JSON.stringify(json))}`);
    if (data.age !== 36)
      return failed(`the reply is not about the question: ${quoted(JSON.stringify(data))}`);
    return passed(emulated?.includes('json') ? 'emulated' : 'native');
  },
};
