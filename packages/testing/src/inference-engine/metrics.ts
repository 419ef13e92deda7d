import type { Engine } from './engine.ts';

/** `GET /metrics` with the names of vLLM’s V1 engine (docs.vllm.ai, "Production Metrics"). */
export function renderMetrics(engine: Engine): string {
  const { parameters, pool, counts } = engine;
  const labels = `engine="0",model_name="${parameters.model}"`;
  const lines: string[] = [];
  const add = (kind: 'gauge' | 'counter', name: string, help: string, value: number, labelled = labels) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, `${name}{${labelled}} ${value}`);
  };
  add('gauge', 'vllm:num_requests_running', 'Requests in model execution batches.', engine.running);
  add('gauge', 'vllm:num_requests_waiting', 'Requests waiting to be processed.', engine.waiting);
  add(
    'gauge',
    'vllm:kv_cache_usage_perc',
    'KV-cache usage; 1 is all of it.',
    1 - pool.unused / pool.capacity,
  );
  add(
    'counter',
    'vllm:prefix_cache_queries_total',
    'Tokens looked up in the prefix cache.',
    counts.prefixQueries,
  );
  add('counter', 'vllm:prefix_cache_hits_total', 'Tokens found in the prefix cache.', counts.prefixHits);
  add('counter', 'vllm:num_preemptions_total', 'Preemptions.', counts.preemptions);
  add('counter', 'vllm:prompt_tokens_total', 'Prompt tokens of finished requests.', counts.promptTokens);
  add('counter', 'vllm:generation_tokens_total', 'Generated tokens.', counts.generatedTokens);
  add('counter', 'vllm:request_success_total', 'Requests finished.', counts.finished);
  const cache = [
    `block_size="${parameters.blockTokens}"`,
    `enable_prefix_caching="${parameters.prefixCaching ? 'True' : 'False'}"`,
    'engine="0"',
    `num_gpu_blocks="${pool.capacity}"`,
  ].join(',');
  add('gauge', 'vllm:cache_config_info', 'Information of the cache configuration.', 1, cache);
  return `${lines.join('\n')}\n`;
}
