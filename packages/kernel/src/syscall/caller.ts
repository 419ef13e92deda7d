import type {
  Budget,
  CallClass,
  Permission,
  Pid,
  QuotaScope,
  SyscallName,
  TenantId,
  UserId,
} from '@aios/protocol';

/** What somebody would do. */
export interface AccessRequest {
  readonly action: string;
  /** The system call, where it is one; permissions may name it in place of the action. */
  readonly call?: SyscallName;
  readonly target: string | undefined;
  /** Arguments that conditions of permissions are about; absent where there are none to look at. */
  readonly given?: Readonly<Record<string, unknown>>;
}

/** ask: allowed once a person says so to what these permissions name. */
export type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny' }
  | { readonly kind: 'ask'; readonly permissions: readonly Permission[] };

/** What a caller may do. Layers only ever get added, so a policy can be narrowed and never widened. */
export interface Policy {
  /** A call is allowed only if every layer has a grant for it, and asked about if any layer says so. */
  readonly layers: readonly (readonly Permission[])[];
  judge(request: AccessRequest): Verdict;
  /** Whether it is allowed without asking anybody. */
  allows(action: string, target: string | undefined): boolean;
  /** Whether some call of this kind can be allowed, whatever its arguments, perhaps after asking. */
  mayAllow(action: string, target: string): boolean;
}

/** Where the calls of a process stand in the queues of the scheduler. */
export interface Urgency {
  readonly class: CallClass;
  /** The greater comes first under the policy `priority`; 0 is usual. */
  readonly priority: number;
}

/** The process that makes a call; absent for a person or a program outside the kernel. */
export interface CallingProcess {
  readonly pid: Pid;
  readonly agent: string;
  /** The process that its tree began with; itself when absent. */
  readonly root?: { readonly pid: Pid; readonly agent: string };
  readonly durable: boolean;
  /** How urgent its calls are; as usual for a process when absent. */
  readonly urgency?: Urgency;
  /** What it wants of an effect whose outcome nobody knows: wait until somebody does when absent. */
  readonly unknownEffects?: 'wait' | 'error';
  /** Grows each time the process is taken over; a call with an older one is refused. */
  readonly fence: number;
}

/** A budget that came with what the caller showed to be let in, such as that of a key. It outlives the process and the kernel. */
export interface CallerBudget {
  readonly scope: QuotaScope;
  /** Unique within scope and tenant. */
  readonly name: string;
  readonly budget: Budget;
}

/** The key that a call was made with; absent for the operator’s token and for processes of the kernel. */
interface CallingKey {
  readonly id: string;
  /** Names by which its programs ask for models, patterns included, and the models that are meant. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** Who makes a call, as the access module established it. */
export interface Caller {
  readonly tenant: TenantId;
  readonly user: UserId;
  readonly process?: CallingProcess;
  readonly key?: CallingKey;
  readonly policy: Policy;
  /** How urgent its calls are, where that is not as usual for who makes them. */
  readonly urgency?: Urgency;
  /** Beside those of the process, the agent, the user and the tenant. */
  readonly budgets?: readonly CallerBudget[];
}
