import { expect, test } from 'vitest';
import { codes, type Instruction } from './bpf.ts';
import { judgedCalls, refusedCalls } from './call-numbers.ts';
import { type Architecture, filterProgram, seccompFilter } from './filter.ts';

const audits = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const columns = { x64: 0, arm64: 1 } as const;
const both: Architecture[] = ['x64', 'arm64'];
const allow = 'allow';
const refuse = 'error 1';

interface Call {
  readonly architecture: number;
  readonly number: number;
  readonly arguments?: readonly bigint[];
}

/** Runs a program as the kernel would: bpf(4), seccomp(2). */
function run(program: readonly Instruction[], call: Call): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.architecture, 4);
  for (const [index, argument] of (call.arguments ?? []).entries()) {
    data.writeBigUInt64LE(argument, 16 + 8 * index);
  }
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 1) {
    const { code, operand, ifTrue, ifFalse } = program[at] ?? { code: 0, operand: 0, ifTrue: 0, ifFalse: 0 };
    if (code === codes.answer) return described(operand);
    if (code === codes.load) accumulator = data.readUInt32LE(operand);
    else at += tests[code]?.(accumulator, operand) ? ifTrue : ifFalse;
  }
  throw new Error('the program has no end');
}

const tests: Record<number, (accumulator: number, operand: number) => boolean> = {
  [codes.jumpIfEqual]: (accumulator, operand) => accumulator === operand,
  [codes.jumpIfAtLeast]: (accumulator, operand) => accumulator >= operand,
  [codes.jumpIfAnyBit]: (accumulator, operand) => (accumulator & operand) !== 0,
};

function described(answer: number): string {
  if (answer === 0x7fff0000) return allow;
  if (answer === 0x80000000) return 'kill';
  return `error ${answer & 0xffff}`;
}

const judge = (architecture: Architecture, number: number, ...given: bigint[]) =>
  run(filterProgram(architecture), { architecture: audits[architecture], number, arguments: given });

test.each(both)('%s: each call of the list is refused, and others are not', (architecture) => {
  const refused = Object.values(refusedCalls).flatMap((numbers) => numbers[columns[architecture]] ?? []);
  const judged: number[] = Object.values(judgedCalls).map((numbers) => numbers[columns[architecture]]);
  for (let number = 0; number <= 450; number += 1) {
    if (judged.includes(number)) continue;
    expect([number, judge(architecture, number)]).toEqual([
      number,
      refused.includes(number) ? refuse : allow,
    ]);
  }
});

test.each(both)('%s: calls newer than the list do not exist, nor those of x32', (architecture) => {
  for (const number of [451, 468, 0x40000000, 0x40000000 + 101, 0xffffffff]) {
    expect(judge(architecture, number)).toBe('error 38');
  }
});

test.each(both)('%s: a call by the numbers of another architecture ends the process', (architecture) => {
  const i386 = 0x40000003;
  expect(run(filterProgram(architecture), { architecture: i386, number: 26 })).toBe('kill');
});

test.each(both)('%s: threads and children can be made, namespaces cannot', (architecture) => {
  const clone = judgedCalls.clone[columns[architecture]];
  expect(judge(architecture, clone, 0x01200011n)).toBe(allow);
  expect(judge(architecture, clone, 0x003d0f00n)).toBe(allow);
  for (const flag of [0x10000000n, 0x20000n, 0x20000000n, 0x40000000n, 0x4000000n, 0x8000000n, 0x2000000n]) {
    expect(judge(architecture, clone, flag | 17n)).toBe(refuse);
  }
  expect(judge(architecture, judgedCalls.clone3[columns[architecture]])).toBe('error 38');
});

test.each(both)(
  '%s: input of a terminal cannot be faked, also with bits that the kernel ignores',
  (architecture) => {
    const ioctl = judgedCalls.ioctl[columns[architecture]];
    expect(judge(architecture, ioctl, 0n, 0x5401n)).toBe(allow);
    for (const request of [0x5412n, 0x541cn, 0x1_0000_5412n]) {
      expect(judge(architecture, ioctl, 0n, request)).toBe(refuse);
    }
  },
);

test.each(both)('%s: sockets are local ones or those of the internet', (architecture) => {
  const socket = judgedCalls.socket[columns[architecture]];
  for (const family of [1n, 2n, 10n]) expect(judge(architecture, socket, family)).toBe(allow);
  for (const family of [0n, 16n, 17n, 38n, 40n, 44n])
    expect(judge(architecture, socket, family)).toBe('error 97');
});

test.each(both)('%s: the personality stays as it is', (architecture) => {
  const personality = judgedCalls.personality[columns[architecture]];
  expect(judge(architecture, personality, 0n)).toBe(allow);
  expect(judge(architecture, personality, 0xffffffffn)).toBe(allow);
  expect(judge(architecture, personality, 0x0040000n)).toBe(refuse);
});

test('jumps stay within what eight bits can say, and the program within what the kernel takes', () => {
  for (const architecture of both) {
    expect(seccompFilter(architecture).length / 8).toBeLessThan(4096);
    expect(filterProgram(architecture).every(({ ifTrue, ifFalse }) => ifTrue < 256 && ifFalse < 256)).toBe(
      true,
    );
  }
});
