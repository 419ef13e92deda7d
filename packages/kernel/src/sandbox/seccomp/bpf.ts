// Programs of the classic Berkeley Packet Filter, as seccomp takes them: only what the filter of the sandbox needs.
// Sources: linux/filter.h, linux/bpf_common.h, seccomp(2).

export interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly operand: number;
}

export const codes = {
  /** Loads 32 bits of the call’s data, at the operand, into the accumulator. */
  load: 0x20,
  jumpIfEqual: 0x15,
  jumpIfAtLeast: 0x35,
  jumpIfAnyBit: 0x45,
  answer: 0x06,
} as const;

/** What a program may answer. */
export const answers = {
  allow: 0x7fff_0000,
  killProcess: 0x8000_0000,
  error: (number: number) => 0x0005_0000 | number,
} as const;

/** Where the data of a call stand: struct seccomp_data. The lower half of a 64-bit argument comes first. */
export const offsets = {
  callNumber: 0,
  architecture: 4,
  argument: (index: number) => 16 + 8 * index,
} as const;

export const load = (offset: number): Instruction => instruction(codes.load, offset);
export const answer = (value: number): Instruction => instruction(codes.answer, value);

/** Skips so many instructions when the test holds or fails. At most 255. */
export function jump(
  code: typeof codes.jumpIfEqual | typeof codes.jumpIfAtLeast | typeof codes.jumpIfAnyBit,
  operand: number,
  { ifTrue = 0, ifFalse = 0 }: { readonly ifTrue?: number; readonly ifFalse?: number },
): Instruction {
  return { code, operand, ifTrue, ifFalse };
}

function instruction(code: number, operand: number): Instruction {
  return { code, operand, ifTrue: 0, ifFalse: 0 };
}

/** The program as the kernel reads it: an array of struct sock_filter, little-endian as both architectures are. */
export function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, ifTrue, ifFalse, operand }] of program.entries()) {
    const at = index * 8;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(ifTrue, at + 2);
    bytes.writeUInt8(ifFalse, at + 3);
    bytes.writeUInt32LE(operand, at + 4);
  }
  return bytes;
}
