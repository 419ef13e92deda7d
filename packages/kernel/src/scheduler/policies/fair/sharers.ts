import type { CallClass } from '@aios/protocol';
import type { ProgramOrder } from './program-order.ts';
import { Member, type Shares } from './shares.ts';

/** A tenant within a class, with the programs that it has waiting. */
export class TenantShare extends Member {
  readonly programs: ProgramOrder;

  constructor(name: string, weight: () => number, programs: ProgramOrder) {
    super(name, weight);
    this.programs = programs;
  }
}

export class ClassShare extends Member {
  readonly class: CallClass;
  readonly tenants: Shares<TenantShare>;

  constructor(name: CallClass, weight: () => number, tenants: Shares<TenantShare>) {
    super(name, weight);
    this.class = name;
    this.tenants = tenants;
  }
}
