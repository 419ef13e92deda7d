import { type HeapNode, heapNode } from '../../../heap/index.ts';
import type { Program } from '../../learning/index.ts';
import { Queue } from '../../queue.ts';
import type { Ticket } from '../../ticket.ts';

/** The calls of one program that wait, in the order in which they came, and where the program stands among others. */
export class ProgramLine {
  readonly program: Program;
  readonly calls = new Queue<Ticket>();
  /** By rank. */
  readonly rank: HeapNode<ProgramLine>;
  /** By the time from which it counts as starving. */
  readonly starvation: HeapNode<ProgramLine>;

  constructor(program: Program) {
    this.program = program;
    this.rank = heapNode(this);
    this.starvation = heapNode(this);
  }
}
