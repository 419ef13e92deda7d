import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { configSchema } from '../../config/index.ts';
import { createSandbox } from '../../sandbox/index.ts';
import { callTool, errorOf } from '../tool.fixture.ts';
import { createTools } from '../tools.ts';

const logger = pino({ level: 'silent' });
const tools = createTools({
  config: () => configSchema.parse({}),
  logger,
  sandbox: createSandbox({ logger }),
});
const calculate = (expression: string) => callTool(tools, 'calculator', { expression });

test.each([
  ['2*(3+4)^2', 98],
  ['-2^2', -4],
  ['5!', 120],
  ['10%', 0.1],
  ['10 mod 3', 1],
  ['2 pi', 2 * Math.PI],
  ['sqrt(2)', Math.SQRT2],
  ['mean(1, 2, 4.5)', 2.5],
  ['std([1, 2, 3])', 1],
  ['round(2.345, 2)', 2.35],
  ['[1, 1+1, sqrt(9)]', [1, 2, 3]],
  ['1 < 2 and not (2 == 3)', true],
  ['3 > 2 ? 10 : 20', 10],
])('%s is %j', async (expression, value) => {
  expect(await calculate(expression)).toEqual({ value });
});

test('a result with more digits than there is room for says so', async () => {
  expect(await calculate('2^60 + 1')).toEqual({ value: 2 ** 60, note: expect.stringContaining('rounded') });
});

test.each([
  ['1/0', /infinite/],
  ['1e400', /infinite/],
  ['factorial(1e9)', /infinite/],
  ['gamma(1e300)', /infinite/],
  ['log(0) * 0', /not a number/],
  ['1:1e9', /ranges/],
  ['sum(1:1e9)', /ranges/],
  ['zeros(1e9)', /no function "zeros"/],
  ['combinations(1e9, 5e8)', /no function "combinations"/],
  ['[[1,1],[1,0]]^1e9', /lists can only be/],
  ['cos.constructor("return process")()', /cannot be worked out/],
  ['cos.constructor', /properties/],
  ['"".constructor', /properties/],
  ['[1].map(f)', /cannot be worked out/],
  ['a["b"]', /properties|indexes/],
  ['import({})', /no function "import"/],
  ['import({ sqrt: 1 }, { override: true })', /no function "import"/],
  ['evaluate("1")', /no function "evaluate"/],
  ['parse("1")', /no function "parse"/],
  ['createUnit("x")', /no function "createUnit"/],
  ['chain(1)', /no function "chain"/],
  ['typed({})', /no function "typed"/],
  ['a = 1', /assignments/],
  ['a.b = 1', /assignments|properties/],
  ['sqrt = 1; sqrt', /several expressions/],
  ['f(x) = f(x)', /functions of one’s own/],
  ['constructor', /no constant "constructor"/],
  ['__proto__', /no constant "__proto__"/],
  ['toString()', /no function "toString"/],
  ['{ a: 1 }', /objects/],
  ['"text"', /only numbers/],
  ['5 cm', /no constant "cm"/],
  ['sqrt', /no constant "sqrt"/],
  ['2 +', /cannot be worked out/],
  ['sqrt(1, 2, 3)', /cannot be worked out/],
  [`${'('.repeat(450)}1${')'.repeat(450)}`, /nested too deeply/],
  [`[${'1,'.repeat(200)}1]`, /no number/],
])('%s is refused, and soon', async (expression, message) => {
  await calculate('1');
  const start = performance.now();
  const error = await errorOf(calculate(expression));
  expect(error.code).toBe('invalid_argument');
  expect(error.message).toMatch(message);
  expect(performance.now() - start).toBeLessThan(500);
});

test('a long expression is refused', async () => {
  expect((await errorOf(calculate('1+'.repeat(600)))).message).toMatch(/expression: Too big/);
});

test('arithmetic agrees with JavaScript', async () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => `(${value.toFixed(6)})`);
  const { expression } = fc.letrec<{ expression: string; pair: string }>((tie) => ({
    expression: fc.oneof({ maxDepth: 4 }, number, tie('pair')),
    pair: fc
      .tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression'))
      .map(([left, operator, right]) => `(${left}${operator}${right})`),
  }));
  await fc.assert(
    fc.asyncProperty(expression, async (text) => {
      fc.pre(text.length <= 1000);
      // biome-ignore lint/security/noGlobalEval: compares with the language’s own arithmetic on generated sums
      expect(await calculate(text)).toMatchObject({ value: eval(text) + 0 });
    }),
    { numRuns: 50 },
  );
});
