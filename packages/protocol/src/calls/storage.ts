import { z } from 'zod';
import { virtualPath } from '../schemas/path.ts';
import { defineSyscall } from '../syscall.ts';

const encoding = z.enum(['utf8', 'base64']).default('utf8');
const sha256 = z.string().describe('SHA-256 of the content, hexadecimal');

const fileEntry = z.object({
  path: z.string(),
  kind: z.enum(['file', 'directory']),
  sizeBytes: z.number().int().nonnegative(),
  modifiedAt: z.string().describe('ISO 8601'),
});
export type FileEntry = z.infer<typeof fileEntry>;

const fileVersion = z.object({
  version: z.number().int().positive().describe('1 is the oldest known'),
  sha256,
  sizeBytes: z.number().int().nonnegative(),
  createdAt: z.string().describe('ISO 8601'),
  cause: z
    .enum(['write', 'rollback', 'outside'])
    .describe('outside: the file was changed by something other than AIOS'),
  author: z.string().describe('The agent or the user that made the version'),
  pid: z.number().int().optional(),
});
export type FileVersion = z.infer<typeof fileVersion>;

const searchMatch = z.object({
  path: z.string(),
  startLine: z.number().int().positive(),
  endLine: z.number().int().positive(),
  heading: z.string().optional().describe('Heading that the passage stands under'),
  text: z.string(),
  score: z.number().describe('Higher is better; comparable within one answer only'),
});
export type SearchMatch = z.infer<typeof searchMatch>;

const written = z.object({
  path: z.string(),
  version: z.number().int().positive(),
  sha256,
  sizeBytes: z.number().int().nonnegative(),
});

export const storageCalls = {
  'storage.mount': defineSyscall({
    summary: 'Make a folder of this machine readable at a path, and index its text files.',
    input: z.object({
      path: virtualPath,
      source: z.string().min(1).describe('Absolute path of a folder on the kernel’s machine'),
      readOnly: z.boolean().default(true),
      index: z.boolean().default(true).describe('Whether storage.search covers it'),
    }),
    output: z.object({
      path: z.string(),
      source: z.string(),
      readOnly: z.boolean(),
      files: z.number().int().nonnegative().describe('Text files covered by the index'),
      passages: z.number().int().nonnegative(),
      skipped: z.number().int().nonnegative().describe('Files left out: binary, too large or unreadable'),
    }),
    resource: 'storage',
    effect: 'write',
    permission: { action: 'storage.mount', target: 'source' },
  }),
  'storage.list': defineSyscall({
    summary: 'List what a folder holds.',
    input: z.object({
      path: virtualPath.default('/'),
      recursive: z.boolean().default(false),
      limit: z.number().int().positive().max(10_000).default(1000),
    }),
    output: z.object({ entries: z.array(fileEntry), truncated: z.boolean() }),
    resource: 'storage',
    effect: 'read',
    permission: { action: 'storage.read', target: 'path' },
  }),
  'storage.read': defineSyscall({
    summary: 'Read a file, or an earlier version of it.',
    input: z.object({
      path: virtualPath,
      version: z.number().int().positive().optional().describe('The file as it is now when absent'),
      startLine: z
        .number()
        .int()
        .positive()
        .optional()
        .describe('First line wanted, counted from 1; utf8 only'),
      endLine: z.number().int().positive().optional().describe('Last line wanted; utf8 only'),
      encoding,
    }),
    output: z.object({
      path: z.string(),
      content: z.string(),
      encoding: z.enum(['utf8', 'base64']),
      sizeBytes: z.number().int().nonnegative().describe('Size of the whole file'),
      sha256,
      version: z.number().int().positive().optional().describe('Absent where AIOS never wrote the file'),
    }),
    resource: 'storage',
    effect: 'read',
    permission: { action: 'storage.read', target: 'path' },
  }),
  'storage.write': defineSyscall({
    summary: 'Write a whole file. The content before is kept as a version.',
    input: z.object({
      path: virtualPath,
      content: z.string(),
      encoding,
      expectedVersion: z
        .number()
        .int()
        .nonnegative()
        .optional()
        .describe('Refuse unless this is the latest version; 0 for a file that must not exist'),
    }),
    output: written,
    resource: 'storage',
    effect: 'write',
    permission: { action: 'storage.write', target: 'path' },
  }),
  'storage.search': defineSyscall({
    summary: 'Find the passages of mounted files that match a question or words.',
    input: z.object({
      query: z.string().min(1).max(2000),
      path: virtualPath.default('/').describe('Folder to search below'),
      limit: z.number().int().positive().max(100).default(8),
    }),
    output: z.object({ matches: z.array(searchMatch) }),
    resource: 'storage',
    effect: 'read',
    permission: { action: 'storage.read', target: 'path' },
  }),
  'storage.versions': defineSyscall({
    summary: 'List the versions of a file, newest first.',
    input: z.object({ path: virtualPath }),
    output: z.object({ versions: z.array(fileVersion) }),
    resource: 'storage',
    effect: 'read',
    permission: { action: 'storage.read', target: 'path' },
  }),
  'storage.rollback': defineSyscall({
    summary: 'Make an earlier version of a file the current one. Nothing is lost: it becomes a new version.',
    input: z.object({ path: virtualPath, version: z.number().int().positive() }),
    output: written,
    resource: 'storage',
    effect: 'write',
    permission: { action: 'storage.write', target: 'path' },
  }),
} as const;
