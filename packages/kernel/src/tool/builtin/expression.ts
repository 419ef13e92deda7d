// Expressions of strangers, evaluated by mathjs behind a list of what they may contain. Nothing that is not on the list is
// evaluated, so there is no way to a property, an assignment, a range, a unit, or a function that could run for long.

import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { AiosError } from '@aios/protocol';
import type { ConstantNode, FunctionNode, MathNode, OperatorNode, SymbolNode } from 'mathjs';

const maxItems = 100;

const functions: ReadonlySet<string> = new Set(
  `abs acos acosh add and asin asinh atan atan2 atanh cbrt ceil cos cosh cube divide exp expm1 factorial fix floor gamma gcd
  hypot lcm log log10 log1p log2 mad max mean median min mod multiply nthRoot pow prod round sec sign sin sinh sqrt square
  std subtract sum tan tanh variance`.split(/\s+/),
);
const constants: ReadonlySet<string> = new Set(
  'pi e tau phi true false PI E LN2 LN10 LOG2E LOG10E SQRT2 SQRT1_2'.split(' '),
);
const operators: ReadonlySet<string> = new Set(
  `add subtract multiply divide pow mod factorial unaryMinus unaryPlus equal unequal smaller smallerEq larger largerEq and or
  xor not`.split(/\s+/),
);

type Outcome = number | boolean;

/** Throws `invalid_argument` for anything but a finite number, true, false, or a short list of them. */
export async function evaluateExpression(expression: string): Promise<Outcome | Outcome[]> {
  parser ??= loadParser();
  const parse = await parser;
  let value: unknown;
  try {
    const node = parse(expression);
    node.traverse((part, _path, parent) => checkNode(part, parent));
    value = node.evaluate();
  } catch (error) {
    if (AiosError.isInstance(error)) throw error;
    if (error instanceof RangeError) throw refused('it is nested too deeply');
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
  return checkValue(value);
}

type Parse = (expression: string) => MathNode;
let parser: Promise<Parse> | undefined;

/**
 * Loads mathjs when the first expression comes, as its one-file build: 16 MB and two turns of the event loop of some 50 ms
 * each, where its modules (those of `mathjs/number` too) block for 250 ms and take 66 MB.
 */
async function loadParser(): Promise<Parse> {
  const { create, all = {} }: typeof import('mathjs') = createRequire(import.meta.url)(
    'mathjs/lib/browser/math.js',
  );
  await setImmediate();
  const math = create(all, { predictable: true });
  const parse = math.parse.bind(math);
  const refuse = () => {
    throw refused('it uses a function that is switched off');
  };
  // As the documentation of mathjs advises for expressions that are not one’s own; the list above is stricter still.
  const names =
    'import createUnit reviver evaluate parse compile parser simplify derivative rationalize resolve help config';
  math.import(Object.fromEntries(names.split(' ').map((name) => [name, refuse])), { override: true });
  return (expression) => parse(expression);
}

function checkNode(node: MathNode, parent: MathNode | null): void {
  switch (node.type) {
    case 'ParenthesisNode':
    case 'ConditionalNode':
    case 'RelationalNode':
      return;
    case 'ConstantNode':
      checkConstant((node as ConstantNode).value);
      return;
    case 'SymbolNode':
      checkSymbol((node as SymbolNode).name, node, parent);
      return;
    case 'OperatorNode':
      checkListed(operators, (node as OperatorNode).fn, 'operator');
      return;
    case 'FunctionNode':
      if ((node as FunctionNode).fn.type !== 'SymbolNode')
        throw refused('it calls something that is no function');
      return;
    case 'ArrayNode':
      // A list stands alone or is handed to a function; arithmetic of matrices could take long.
      if (parent === null || parent.type === 'FunctionNode') return;
      throw refused('lists can only be results or arguments of functions, as in max([1, 2])');
    default:
      throw refused(`${kinds[node.type] ?? node.type} cannot be used`);
  }
}

const kinds: Readonly<Record<string, string>> = {
  AccessorNode: 'properties (a.b, a[b])',
  AssignmentNode: 'assignments (a = b)',
  FunctionAssignmentNode: 'functions of one’s own (f(x) = y)',
  BlockNode: 'several expressions at once (a; b)',
  ObjectNode: 'objects ({ })',
  RangeNode: 'ranges (a:b)',
  IndexNode: 'indexes (a[b])',
};

function checkConstant(value: unknown): void {
  if (typeof value === 'number' || typeof value === 'boolean') return;
  throw refused('only numbers, true and false can be written');
}

function checkSymbol(name: string, node: MathNode, parent: MathNode | null): void {
  const isFunction = parent?.type === 'FunctionNode' && (parent as FunctionNode).fn === node;
  if (isFunction) checkListed(functions, name, 'function');
  else checkListed(constants, name, 'constant');
}

function checkListed(list: ReadonlySet<string>, name: string, kind: string): void {
  if (list.has(name)) return;
  throw refused(`there is no ${kind} "${name.slice(0, 50)}"; there are ${[...list].join(', ')}`);
}

function checkValue(value: unknown): Outcome | Outcome[] {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw refused(
      Number.isNaN(value)
        ? 'the result is not a number, such as a root or logarithm of a negative one'
        : 'the result is infinite: a division by zero, or too large',
    );
  }
  const items: unknown =
    typeof value === 'object' && value !== null && 'valueOf' in value ? value.valueOf() : value;
  if (Array.isArray(items) && items.length <= maxItems) {
    return items.map((item) => {
      const checked = checkValue(item);
      if (Array.isArray(checked)) throw refused('lists of lists cannot be results');
      return checked;
    });
  }
  throw refused('the result is no number');
}

function refused(reason: string, cause?: unknown): AiosError {
  return new AiosError('invalid_argument', `The expression cannot be worked out: ${reason}.`, { cause });
}
