/** What an engine says of itself at a moment; counters are since it started. */
export interface EngineMetrics {
  /** Tokens whose keys and values fit into its memory. */
  readonly kvTokens: number;
  /** Part of them, of 1, that running requests hold. */
  readonly kvUsed: number;
  readonly preemptions: number;
  /** Tokens of prompts that it looked up in its prefix cache, and those that it found there. */
  readonly prefixQueries: number;
  readonly prefixHits: number;
}

/**
 * Reads vLLM’s `GET /metrics`, in Prometheus’ text format (docs.vllm.ai, "Production Metrics"); names of before and after its
 * version 0.10. A server of several engines has a sample for each: counts are added up, and so is their memory. Undefined where
 * it does not say how large its memory is.
 */
export function readEngineMetrics(text: string): EngineMetrics | undefined {
  const samples = text.split('\n').filter((line) => line.startsWith('vllm:'));
  const values = (...names: string[]) =>
    samples.filter((line) => names.some((name) => hasName(line, name))).map(sampleValue);
  const sum = (...names: string[]) => values(...names).reduce((total, value) => total + value, 0);

  const kvTokens = samples
    .filter((line) => hasName(line, 'vllm:cache_config_info'))
    .reduce((total, line) => total + labelOf(line, 'block_size') * labelOf(line, 'num_gpu_blocks'), 0);
  const used = values('vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc');
  if (!(kvTokens > 0) || used.length === 0) return undefined;
  return {
    kvTokens,
    kvUsed: used.reduce((total, value) => total + value, 0) / used.length,
    preemptions: sum('vllm:num_preemptions_total'),
    prefixQueries: sum('vllm:prefix_cache_queries_total', 'vllm:gpu_prefix_cache_queries_total'),
    prefixHits: sum('vllm:prefix_cache_hits_total', 'vllm:gpu_prefix_cache_hits_total'),
  };
}

function hasName(line: string, name: string): boolean {
  return line.startsWith(name) && (line[name.length] === '{' || line[name.length] === ' ');
}

/** A line is `name{labels} value` with an optional time after it. */
function sampleValue(line: string): number {
  const [value] = line
    .slice(line.lastIndexOf('}') + 1)
    .trim()
    .split(' ')
    .slice(line.includes('}') ? 0 : 1);
  return Number(value);
}

function labelOf(line: string, label: string): number {
  return Number(new RegExp(`[{,]${label}="(?<value>[^"]*)"`).exec(line)?.groups?.value);
}
