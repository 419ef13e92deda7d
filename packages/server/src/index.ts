// The daemon: HTTP and WebSocket faces over a kernel. A face translates and never decides; one folder per face, all of them
// derived from the system-call table. Programs need `startServer` alone.

// What the command line needs of the kernel’s library, since it may not import the kernel; config.ts has the rest.
export {
  type AuditReport,
  createLogger,
  defineTool,
  type SegmentHeader,
  type Tool,
  type ToolContext,
  verifyAudit,
  writeAuditFile,
} from '@aios/kernel';
export { openApiDocument } from './openapi/index.ts';
export { type RunKernelOptions, type RunningKernel, runKernel } from './run-kernel.ts';
export { type Server, type ServerOptions, startServer } from './server.ts';
