// The seccomp filter of the sandbox: a list of what is refused, so that ordinary programs run, and nothing that leads out.

import { answer, answers, codes, encode, type Instruction, jump, load, offsets } from './bpf.ts';
import { judgedCalls, lastKnownCall, refusedCalls } from './call-numbers.ts';

/** As Node.js names them: x64 is x86_64, arm64 is aarch64. */
const architectures = {
  x64: { column: 0, audit: 0xc000_003e },
  arm64: { column: 1, audit: 0xc000_00b7 },
} as const;
export type Architecture = keyof typeof architectures;

const notPermitted = answer(answers.error(1));
const noSuchCall = answer(answers.error(38));
const familyNotSupported = answer(answers.error(97));
const allowed = answer(answers.allow);

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
const namespaceFlags = 0x7e02_0000;
/** Puts characters into the input of a terminal: TIOCSTI, and TIOCLINUX with its paste. */
const inputRequests = [0x5412, 0x541c];
/** AF_UNIX, AF_INET, AF_INET6; others, such as AF_NETLINK and AF_VSOCK, reach the kernel or the host. */
const socketFamilies = [1, 2, 10];
/** The ordinary one, and the question which it is. */
const personalities = [0, 0xffff_ffff];

export function isArchitecture(name: string): name is Architecture {
  return Object.hasOwn(architectures, name);
}

/** The filter as bubblewrap’s --seccomp reads it. */
export function seccompFilter(architecture: Architecture): Buffer {
  return encode(filterProgram(architecture));
}

export function filterProgram(architecture: Architecture): Instruction[] {
  const { column, audit } = architectures[architecture];
  const refused = Object.values(refusedCalls).flatMap((numbers) => numbers[column] ?? []);
  return [
    // A call in the numbers of another architecture (i386 on x86_64) would be taken for another call.
    load(offsets.architecture),
    jump(codes.jumpIfEqual, audit, { ifTrue: 1 }),
    answer(answers.killProcess),
    load(offsets.callNumber),
    // That of x32 lies above it, too.
    jump(codes.jumpIfAtLeast, lastKnownCall + 1, { ifFalse: 1 }),
    noSuchCall,
    ...refused.flatMap((number) => when(number, [notPermitted])),
    // Its flags stand in memory, which a filter cannot read; the C library then takes clone.
    ...when(judgedCalls.clone3[column], [noSuchCall]),
    ...when(judgedCalls.clone[column], [
      load(offsets.argument(0)),
      jump(codes.jumpIfAnyBit, namespaceFlags, { ifFalse: 1 }),
      notPermitted,
      allowed,
    ]),
    ...when(judgedCalls.ioctl[column], byArgument(1, inputRequests, { found: notPermitted, else: allowed })),
    ...when(
      judgedCalls.socket[column],
      byArgument(0, socketFamilies, { found: allowed, else: familyNotSupported }),
    ),
    ...when(
      judgedCalls.personality[column],
      byArgument(0, personalities, { found: allowed, else: notPermitted }),
    ),
    allowed,
  ];
}

/** The instructions for one call, which end it; others skip them. */
function when(number: number, instructions: readonly Instruction[]): Instruction[] {
  return [jump(codes.jumpIfEqual, number, { ifFalse: instructions.length }), ...instructions];
}

/** Answers by whether the lower half of an argument is one of the values. The kernel ignores the upper half of these. */
function byArgument(
  argument: number,
  values: readonly number[],
  outcome: { readonly found: Instruction; readonly else: Instruction },
): Instruction[] {
  return [
    load(offsets.argument(argument)),
    ...values.flatMap((value) => [jump(codes.jumpIfEqual, value, { ifFalse: 1 }), outcome.found]),
    outcome.else,
  ];
}
