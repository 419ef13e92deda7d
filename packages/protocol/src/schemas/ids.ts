import { z } from 'zod';

/** Number of a process; grows by one for every process of an installation and is never used twice. */
export const pid = z.number().int().positive().brand<'Pid'>();
export type Pid = z.infer<typeof pid>;

export const tenantId = z.string().min(1).max(128).brand<'TenantId'>();
export type TenantId = z.infer<typeof tenantId>;

export const userId = z.string().min(1).max(128).brand<'UserId'>();
export type UserId = z.infer<typeof userId>;

/** Name of a kept conversation of a process. */
export const conversationName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"');

/** Number of a checkpoint; never used twice in an installation. */
export const checkpointId = z.number().int().positive().brand<'CheckpointId'>();
export type CheckpointId = z.infer<typeof checkpointId>;
