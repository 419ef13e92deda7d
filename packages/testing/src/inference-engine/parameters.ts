/** What one simulated engine is. Times are those of the engine, before they are divided by `timeScale`. */
export interface EngineParameters {
  readonly model: string;
  /** Milliseconds that a step takes at least: all weights are read from memory once. */
  readonly weightsMs: number;
  /** Tokens that a step can work on in a second, prompt and output together, where arithmetic bounds it. */
  readonly computedTokensPerSecond: number;
  /** Milliseconds for reading the keys and values of one token of context. */
  readonly kvReadMs: number;
  /** Tokens whose keys and values fit in memory. */
  readonly kvTokens: number;
  /** `--block-size` of vLLM. */
  readonly blockTokens: number;
  /** `--max-num-seqs`: sequences in one step. */
  readonly maxSequences: number;
  /** `--max-num-batched-tokens`: tokens in one step; longer prompts are computed in chunks. */
  readonly maxStepTokens: number;
  /** `--max-model-len`: prompt and output together. */
  readonly maxModelTokens: number;
  /** `--scheduling-policy` */
  readonly policy: 'fcfs' | 'priority';
  /** `--enable-prefix-caching`, on by default since vLLM 0.8. */
  readonly prefixCaching: boolean;
  /** Answers 429 where all places are taken, instead of queueing: a server that has no queue. */
  readonly refusesWhenBusy: boolean;
  /** Mean length of an answer whose request does not say how long it shall be. */
  readonly answerTokens: number;
  /** So many milliseconds of the engine pass in one. */
  readonly timeScale: number;
}

// Llama 3.1 8B in BF16 has 8.03e9 parameters, 16.06 GB, and 32 layers with 8 key-value heads of 128 dimensions
// (huggingface.co/meta-llama/Llama-3.1-8B, config.json): 2 × 32 × 8 × 128 × 2 bytes = 131,072 bytes of KV for a token, and
// 2 × 8.03e9 operations for computing one. A step reads the weights once (decoding is bound by memory bandwidth: vLLM paper,
// arXiv 2309.06180, and the roofline of arXiv 2402.16363), so its floor is 16.06 GB / bandwidth; half of the peak arithmetic
// is reached when prompts are computed. vLLM gives 0.9 of the memory to weights and KV (`--gpu-memory-utilization`); about
// 2 GB of that go to activations and CUDA graphs.
const llama8b = {
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  // Defaults of `vllm serve` (docs.vllm.ai, engine arguments): block size 16, 2,048 tokens a step, prefix caching on.
  blockTokens: 16,
  maxStepTokens: 2048,
  policy: 'fcfs',
  prefixCaching: true,
  refusesWhenBusy: false,
  answerTokens: 200,
  timeScale: 1,
} as const;

const kvBytesPerToken = 131_072;
const weightBytes = 16.06e9;
const operationsPerToken = 2 * 8.03e9;

/** A GPU by its data sheet: memory in bytes, bandwidth in bytes/s, dense BF16 operations/s. */
function onGpu(memory: number, bandwidth: number, operations: number) {
  const kvTokens = Math.floor((memory * 0.9 - weightBytes - 2e9) / kvBytesPerToken / 16) * 16;
  return {
    weightsMs: (weightBytes / bandwidth) * 1000,
    computedTokensPerSecond: (operations * 0.5) / operationsPerToken,
    kvReadMs: (kvBytesPerToken / bandwidth) * 1000,
    kvTokens,
    maxModelTokens: Math.min(131_072, kvTokens),
  };
}

/**
 * Llama 3.1 8B on an NVIDIA A100 80 GB SXM (data sheet: 2,039 GB/s, 312 TFLOPS BF16): 7.9 ms a step, 9,700 prompt tokens/s,
 * 412,000 tokens of KV. 256 sequences are vLLM’s default.
 */
export const a100: EngineParameters = { ...llama8b, ...onGpu(80e9, 2.039e12, 312e12), maxSequences: 256 };

/**
 * The same model on an NVIDIA RTX A5000 24 GB (data sheet: 768 GB/s, 111 TFLOPS dense), the card of the AIOS paper
 * (arXiv 2403.16971): 20.9 ms a step, 3,460 prompt tokens/s, 27,000 tokens of KV. In the paper’s local setting it takes one
 * prompt at a time.
 */
export const a5000: EngineParameters = { ...llama8b, ...onGpu(24e9, 7.68e11, 111e12), maxSequences: 256 };
