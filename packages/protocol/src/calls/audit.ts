import { z } from 'zod';
import { pid, tenantId, userId } from '../schemas/ids.ts';
import { defineSyscall } from '../syscall.ts';

/** attempted: begun, and it may reach outside; ok, error: what came of it; denied: it was not allowed. */
export const auditOutcome = z.enum(['attempted', 'ok', 'error', 'denied']);
export type AuditOutcome = z.infer<typeof auditOutcome>;

/** An entry to the letter, in the names of its canonical form: whoever has it can compute its hash. */
export const auditEntry = z.object({
  tenant: tenantId,
  sequence: z.number().int().positive().describe('From 1, without gaps'),
  at: z.number().int().describe('Milliseconds since 1970'),
  user: userId,
  key: z.string().nullable().describe('Id of the key that the call was made with'),
  pid: pid.nullable(),
  agent: z.string().nullable(),
  name: z.string().describe('System call'),
  target: z.string().nullable().describe('What the call was about, secrets hidden'),
  outcome: auditOutcome,
  code: z.string().nullable().describe('Of the error'),
  attempt: z.number().int().nullable().describe('Sequence of the entry that says that the call was begun'),
  arguments_sha256: z.string().describe('Of the arguments as canonical JSON, secrets hidden'),
  arguments: z.string().describe('JSON of the arguments without secrets and bodies, cut short'),
  detail: z.string().nullable().describe('JSON; of a denied call, the action that was not allowed'),
  previous_hash: z.string().describe('Of the entry before; empty for the first'),
  hash: z.string().describe('SHA-256 of the canonical form, hexadecimal'),
  signature: z
    .string()
    .nullable()
    .describe('Ed25519 over the chain up to here, base64; of the last entry of each transaction'),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditCalls = {
  'audit.list': defineSyscall({
    summary: 'List what was denied, reached outside or destroyed something, oldest first; for operators.',
    input: z.object({
      after: z.number().int().nonnegative().default(0).describe('Only entries after this sequence'),
      last: z.boolean().default(false).describe('The newest that match, not the oldest'),
      outcomes: z.array(auditOutcome).optional(),
      pid: pid.optional(),
      call: z.string().max(200).optional().describe('Only this system call'),
      limit: z.number().int().positive().max(1000).default(100),
    }),
    output: z.object({
      entries: z.array(auditEntry),
      publicKey: z.string().describe('PEM; checks the signatures'),
      anchoredTo: z.number().int().describe('Last entry whose signature is outside of the database'),
      checkpoint: z
        .object({
          tenant: tenantId,
          sequence: z.number().int(),
          hash: z.string(),
          segment_sha256: z.string(),
          signature: z.string(),
        })
        .optional()
        .describe('What the first entry that is kept follows'),
    }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'audit.list' },
  }),
  'audit.rotate': defineSyscall({
    summary:
      'Move old entries of the audit into a file of the home, behind a signed checkpoint; for operators.',
    input: z.object({
      olderThanMs: z.number().int().nonnegative().max(315_360_000_000).describe('Younger ones stay'),
    }),
    output: z.object({
      entries: z.number().int().nonnegative().describe('How many were moved'),
      segment: z.string().optional().describe('The file, on the kernel’s machine'),
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'audit.rotate' },
  }),
} as const;
