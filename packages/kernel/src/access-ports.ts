import { AiosError, type JsonValue, jsonValue } from '@aios/protocol';
import {
  Approvals,
  type ApprovalsOptions,
  answerTo,
  approvalHandlers,
  createAnswerTokens,
  describeApproval,
  Gate,
  Grants,
  grantHandlers,
} from './access/index.ts';
import type { Processes, ProcessesOptions } from './process/index.ts';
import type { HandlersOf } from './syscall/index.ts';

export interface AccessManagerOptions
  extends Omit<ApprovalsOptions, 'grants' | 'wait' | 'commit' | 'isCurrent' | 'notify' | 'webhook'> {
  /** The operator’s token, and the variable that signs webhooks. */
  readonly secrets: { readonly operator: string; readonly webhook: () => string | undefined };
  /** Made after it, for processes need it. */
  readonly processes: () => Processes;
}

/** Who may do what, and who is asked: approvals, decisions of users, and the gate in the path of a call. */
export interface AccessManager extends AsyncDisposable {
  /** The kernel can be reached at this URL from now on. */
  announce(url: string): Promise<void>;
  readonly gate: Gate;
  readonly handlers: HandlersOf<'approval' | 'grant'>;
  /** What processes need of it. */
  readonly forProcesses: ProcessesOptions['approvals'];
}

/** Ties approvals, decisions and processes together. Pending approvals of an earlier kernel are taken in. */
export async function openAccessManager(options: AccessManagerOptions): Promise<AccessManager> {
  const { processes, settings, secrets, logger } = options;
  const tokens = createAnswerTokens(secrets.operator);
  let reachedAt: string | undefined;
  const grants = await Grants.open(options.database);
  const approvals = await Approvals.open({
    ...options,
    grants,
    wait: (call, id, cause) => processes().waitForApproval(call, id, cause),
    commit: ({ process }, job) => processes().journal.commit(process, job),
    isCurrent: ({ process }) =>
      process !== undefined && processes().table.isCurrent(process.pid, process.fence),
    notify: (topic) => processes().table.waits.notify(topic),
    webhook: () => {
      const { webhook: url, public_url = reachedAt } = settings();
      const secret = secrets.webhook();
      if (url === undefined) return undefined;
      if (secret === undefined) {
        logger.warn('access.webhook is told nothing, for AIOS_WEBHOOK_SECRET, which signs it, is not set');
        return undefined;
      }
      const answerTo = ({ id, tenant }: { id: number; tenant: string }) =>
        public_url === undefined
          ? undefined
          : {
              url: new URL('api/syscalls/approval.answer', `${public_url.replace(/\/+$/, '')}/`).href,
              token: tokens.tokenFor({ approval: String(id), tenant }),
            };
      return { url, secret, answerTo };
    },
  });
  const checkVisible: Parameters<typeof approvalHandlers>[1] = async (caller, pid) => {
    if (caller.process !== undefined) await processes().table.view.get(caller, pid);
  };
  const handlers: HandlersOf<'approval' | 'grant'> = {
    ...approvalHandlers(approvals, checkVisible),
    ...grantHandlers(grants, (agent, tenant) => processes().manifestOf(agent, tenant)),
  };
  return {
    gate: new Gate({ settings, grants, approvals }),
    handlers,
    forProcesses: {
      source: ({ id }, { tenant }) => ({
        topics: [answerTo(id)],
        look: () => answered(approvals, tenant, id),
      }),
      checkVisible: async (caller, id) => {
        const { pid } = describeApproval(await approvals.find(caller, id));
        if (pid !== undefined) await checkVisible(caller, pid);
      },
      onEnd: (transaction, pid) => approvals.ended(transaction, pid),
      forget: (transaction, pid, after) => approvals.store.forget(transaction, pid, after),
      layerOf: ({ manifest, trusted }, { tenant, user }) =>
        grants.layerOf(
          { tenant, user, agent: manifest.name },
          manifest.permissions,
          settings().first_use === 'ask' && !trusted,
        ),
    },
    async announce(url) {
      reachedAt = url;
      await approvals.tellAgain();
    },
    [Symbol.asyncDispose]: () => approvals[Symbol.asyncDispose](),
  };
}

async function answered(approvals: Approvals, tenant: string, id: string): Promise<JsonValue | undefined> {
  const row = await approvals.store.find(Number(id));
  if (row === undefined || row.tenant !== tenant)
    throw new AiosError('not_found', `There is no approval ${id}.`);
  if (row.state === 'pending') return undefined;
  return jsonValue.parse(JSON.parse(JSON.stringify(describeApproval(row))));
}
