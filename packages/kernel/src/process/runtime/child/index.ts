// Agents in child processes: one child for each, which speaks host frames over a socket that it inherits. What differs between
// the runtimes `process` and `python` is the program alone.

export { createChildRuntime } from './child-runtime.ts';
export { createNodeProgram } from './node-program.ts';
export { createPythonProgram } from './python-program.ts';
export { createSandboxProgram } from './sandbox-program.ts';
