// The driver for every provider of the table that is asked over the network: one adapter from the AI SDK’s model
// interface, at doGenerate and doStream, to ours. What differs between vendors is in client.ts and vendor-options.ts.

export type { Client } from './client.ts';
export { createAiSdkDriver } from './driver.ts';
export type { Endpoint } from './endpoint.ts';
export { failureError } from './errors.ts';
export { type Failure, networkFailure, readErrorFrame, readRefusal, UnfinishedError } from './failure.ts';
export { refuseUnusableKey } from './key.ts';
export { rateLimitsOf } from './rate-limits.ts';
export type { Transport } from './transport.ts';
