import { z } from 'zod';
import { pid, tenantId, userId } from '../schemas/ids.ts';
import { permission } from '../schemas/permission.ts';
import { defineSyscall } from '../syscall.ts';

/** What a key may do unless its maker says otherwise: ask models, and nothing else. */
export const defaultKeyPermissions = [
  'llm.chat',
  'llm.embed',
  'llm.count',
  'llm.models',
  'llm.forward',
  'conversation.read',
  'conversation.write',
  'context.page',
] as const;

const keyBudget = z
  .object({
    tokens: z.number().int().positive().optional().describe('Model tokens, input and output together'),
    usd: z.number().positive().optional().describe('US dollars, by the known prices of the models'),
    calls: z.number().int().positive().optional().describe('System calls'),
  })
  .describe('Upper bounds for all calls with the key');

const modelAliases = z
  .record(z.string().min(1).max(256), z.string().min(1).max(256))
  .describe(
    'Names, or patterns with `*`, by which its programs ask for models, and the models that are meant',
  );

const keyDescription = z.object({
  id: z.string(),
  name: z.string(),
  tenant: tenantId,
  user: userId,
  permissions: z
    .array(z.array(permission))
    .describe('Layers; a call is allowed only if every layer allows it'),
  pid: pid.optional().describe('The process that calls with the key are made as'),
  budget: keyBudget.optional(),
  aliases: modelAliases.optional(),
  createdAt: z.string().describe('ISO 8601'),
  expiresAt: z.string().optional().describe('ISO 8601'),
  revokedAt: z.string().optional().describe('ISO 8601'),
});
export type KeyDescription = z.infer<typeof keyDescription>;

export const keyCalls = {
  'key.create': defineSyscall({
    summary: 'Make a key with which a program outside calls the kernel. The token is shown this once.',
    input: z.object({
      name: z.string().min(1).max(128).describe('Tells it from the others in lists'),
      tenant: tenantId.optional().describe('That of the caller when absent; another one needs key.assign'),
      user: userId.optional().describe('That of the caller when absent; another one needs key.assign'),
      permissions: z
        .array(permission)
        .max(1000)
        .optional()
        .describe(`Narrows what the caller may do; ${defaultKeyPermissions.join(', ')} when absent`),
      pid: pid
        .optional()
        .describe('Binds the key to this process: its policy, its budget, its place in the schedule'),
      expiresInMs: z.number().int().positive().max(315_360_000_000).optional().describe('Never when absent'),
      budget: keyBudget.optional(),
      aliases: modelAliases.optional(),
    }),
    output: z.object({
      token: z.string().describe('aios_ID_SECRET; the kernel keeps a hash of it only'),
      key: keyDescription,
    }),
    resource: 'none',
    effect: 'write',
    permission: { action: 'key.create' },
  }),
  'key.list': defineSyscall({
    summary: 'List the keys of the tenant, newest first, without their secrets.',
    input: z.object({ all: z.boolean().default(false).describe('Revoked and expired ones, too') }),
    output: z.object({ keys: z.array(keyDescription) }),
    resource: 'none',
    effect: 'read',
    permission: { action: 'key.list' },
  }),
  'key.revoke': defineSyscall({
    summary: 'Make a key useless at once.',
    input: z.object({ id: z.string().min(1).max(64) }),
    output: keyDescription,
    resource: 'none',
    effect: 'write',
    irreversible: true,
    permission: { action: 'key.revoke' },
  }),
} as const;
