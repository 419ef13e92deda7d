// The offline provider: a deterministic extractive responder without a neural network, so that everything can be tried,
// demonstrated and tested with no key and no network. It says what it is in the metadata of every reply.

export { createOfflineDriver } from './driver.ts';
