import { z } from 'zod';

const bytes = z.number().int().positive().max(1_000_000_000_000);
const milliseconds = z.number().int().positive().max(2_147_483_647);

/** What a program may use that code tools run in the sandbox. */
export const sandboxSettings = z.object({
  memory_bytes: bytes.default(512_000_000).describe('Memory of one program'),
  disk_bytes: bytes.default(64_000_000).describe('What it may write; its files live in memory'),
  files: z.number().int().positive().max(1_000_000).default(10_000).describe('Files that it may make'),
  processes: z.number().int().min(8).max(10_000).default(64).describe('Processes and threads of one program'),
  cpu_ms: milliseconds.default(60_000).describe('Processor time of one program'),
  time_ms: milliseconds.default(60_000).describe('Longest run of one program'),
  output_bytes: bytes.max(1_000_000).default(64_000).describe('Longest output, and longest error output'),
});
