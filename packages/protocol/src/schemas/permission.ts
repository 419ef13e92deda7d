import { z } from 'zod';

/**
 * What may be done, to what, and with which arguments: `action`, `action:pattern`, `action:pattern(field=pattern, …)`. The
 * action is that of a system call (`storage.read`), the name of one (`storage.rollback`), a family (`storage.*`) or everything
 * (`*`). The pattern is matched against the call’s target (a path, a tool, a model, an agent, a host, a variable): `*` stands for any run
 * of characters but `/`, `**` for any run, and `/docs/**` also for `/docs` itself. Without a pattern any target is allowed. In
 * parentheses stand conditions on arguments: `field=pattern`, `field<=number`, `field>=number`. `!` before it forbids what it
 * names, `?` has a person asked; both hold over what else is granted beside them.
 */
export const permission = z
  .string()
  .max(4096)
  .regex(
    /^[!?]?(\*|[a-z]+\.(\*|[a-z]+))(:.+|\(.+\))?$/,
    'must be an action such as "storage.read", optionally with ":pattern", and with "!" (never) or "?" (ask) before it',
  )
  .brand<'Permission'>();
export type Permission = z.infer<typeof permission>;
