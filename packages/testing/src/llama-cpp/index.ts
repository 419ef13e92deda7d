// A real llama.cpp, for tests and benchmarks: a tiny random model that is written on the spot, behind the interface of
// llama.cpp’s own server. The engine, its tokenizer and its arithmetic are llama.cpp’s, the HTTP around it is ours.

export { findLlamaCpp, type LlamaServer, startLlamaServer } from './start.ts';
