// Runs programs that nobody trusts, under bubblewrap and seccomp: tools that execute code, and agents. Nothing of a
// sandbox reaches the machine but what the kernel hands in and takes out. Tools and runtimes both use it, so it is a
// module of its own beside them.

export { openEgress } from './egress/proxy.ts';
export { withEgress } from './egress/with-egress.ts';
export { type ProgramResult, type ProgramSpec, runProgram } from './run-program.ts';
export { createSandbox, type Sandbox } from './sandbox.ts';
export {
  homeInside,
  reservedByNodeBytes,
  type SandboxFile,
  type SandboxLimits,
  type SandboxMount,
  type SandboxSpec,
} from './sandbox-spec.ts';
