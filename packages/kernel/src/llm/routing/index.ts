// Which core answers a call: what the call needs, which cores can do it, and the strategy that puts them in order. A further
// strategy is a file and an entry in strategies.ts.

export type { Sending } from './attempt.ts';
export { type CoresTerms, callCores, type Patience, partial } from './call-cores.ts';
export { type Demand, demandOfChat, demandOfEmbedding, demandOfForward } from './demand.ts';
export { orderCores } from './order-cores.ts';
export { beginningOf } from './prefix-affinity.ts';
export { refusal, shortfallOf } from './shortfall.ts';
export { createStrategy, type StrategyName } from './strategies.ts';
export type { LoadOf, Strategy } from './strategy.ts';
export { Waste } from './waste.ts';
