import { InOrder } from './in-order.ts';

/** Calls run to their end, in the order in which they came. */
export const fifo = () => new InOrder();
