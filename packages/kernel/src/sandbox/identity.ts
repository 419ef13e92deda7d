/**
 * Who a program in a sandbox is for the machine. Of a kernel that runs as root, a user of its own, whom no file belongs to;
 * else the kernel’s user, in a user namespace of its own, where it has no privileges.
 */
export type Identity =
  | { readonly kind: 'namespace'; readonly user: number }
  | { readonly kind: 'own-user'; readonly user: number };

/** Numbers that systemd gives to users that exist for a while (systemd.io/UIDS-GIDS); those of packages lie below. */
const transient = { first: 61_184, count: 4336 } as const;
const inNamespace = 1000;

/** Gives each sandbox its identity. */
export class Identities {
  readonly #isRoot = process.getuid?.() === 0;
  #next = process.pid;

  take(): Identity {
    if (!this.#isRoot) return { kind: 'namespace', user: inNamespace };
    this.#next += 1;
    // The bound of processes counts those of a user, so sandboxes must not share one.
    return { kind: 'own-user', user: transient.first + (this.#next % transient.count) };
  }
}
