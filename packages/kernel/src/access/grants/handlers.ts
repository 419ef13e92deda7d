import { AiosError, type Permission, type TenantId } from '@aios/protocol';
import { type Caller, type HandlersOf, handle } from '../../syscall/index.ts';
import type { GrantRow } from './grant-store.ts';
import { describeGrant, type Grants, isSigned } from './grants.ts';

/** The system calls on what users decided; `manifestOf` gives what an installed agent asks for. */
export function grantHandlers(
  grants: Grants,
  manifestOf: (
    agent: string,
    tenant: TenantId,
  ) => Promise<{ readonly name: string; readonly permissions: readonly Permission[] }>,
): HandlersOf<'grant'> {
  return {
    'grant.list': handle(({ agent }, { caller }) => ({
      grants: grants.list({ ...caller, agent }).map(describeGrant),
    })),
    'grant.set': handle(async ({ agent, permissions, decision, irreversible }, { caller, commit }) => {
      refuseProcess(caller);
      const manifest =
        permissions === undefined ? await manifestOf(agent, caller.tenant) : { name: agent, permissions };
      const plain = manifest.permissions.filter((text) => !isSigned(text));
      if (permissions !== undefined && plain.length < permissions.length) throw withSign();
      const rows = plain.map(
        (permission): GrantRow => ({
          tenant: caller.tenant,
          owner: caller.user,
          agent: manifest.name,
          pid: 0,
          permission,
          decision,
          irreversible: Number(irreversible),
          decided_at: Date.now(),
        }),
      );
      const described = await commit(async (transaction) => {
        await grants.put(transaction, rows);
        return { grants: rows.map(describeGrant) };
      });
      grants.take(rows);
      return described;
    }),
    'grant.delete': handle(async ({ agent, permissions }, { caller, commit }) => {
      refuseProcess(caller);
      const known = grants.list({ ...caller, agent });
      const rows = known.filter((row) => permissions?.some((text) => text === row.permission) ?? true);
      const answer = await commit(async (transaction) => {
        await grants.remove(transaction, rows);
        return { deleted: rows.length };
      });
      grants.drop(rows);
      return answer;
    }),
  };
}

function refuseProcess({ process }: Caller): void {
  if (process === undefined) return;
  throw new AiosError(
    'permission_denied',
    'A process cannot decide what agents may do; a person can, with "aios grants".',
  );
}

function withSign(): AiosError {
  return new AiosError(
    'invalid_argument',
    'A decision names permissions without "!" and "?". Say deny to prohibit one, and nothing to be asked.',
  );
}
