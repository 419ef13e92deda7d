import { z } from 'zod';

/**
 * What may be done, and to what: `action` or `action:pattern`. The action is that of a system call (`storage.read`), a
 * family (`storage.*`) or everything (`*`). The pattern is matched against the call’s target (a path, a tool, a model, an
 * agent, a host): `*` stands for any run of characters but `/`, `**` for any run, and `/docs/**` also for `/docs` itself.
 * Without a pattern any target is allowed.
 */
export const permission = z
  .string()
  .regex(
    /^(\*|[a-z]+\.(\*|[a-z]+))(:.+)?$/,
    'must be an action such as "storage.read", optionally with ":pattern"',
  )
  .brand<'Permission'>();
export type Permission = z.infer<typeof permission>;
