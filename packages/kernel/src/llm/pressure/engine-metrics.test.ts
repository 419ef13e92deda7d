import { expect, test } from 'vitest';
import { readEngineMetrics } from './engine-metrics.ts';

const labels = 'engine="0",model_name="m"';

test('memory, its use, and what the prefix cache found are read', () => {
  const text = [
    '# HELP vllm:kv_cache_usage_perc KV-cache usage. 1 means 100 percent usage.',
    '# TYPE vllm:kv_cache_usage_perc gauge',
    `vllm:kv_cache_usage_perc{${labels}} 0.25`,
    `vllm:num_preemptions_total{${labels}} 3.0`,
    `vllm:num_preemptions_created{${labels}} 1.7e+09`,
    `vllm:prefix_cache_queries_total{${labels}} 1.2e+06`,
    `vllm:prefix_cache_hits_total{${labels}} 900000 1395066363000`,
    'vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="1000"} 1.0',
  ].join('\n');
  expect(readEngineMetrics(text)).toEqual({
    kvTokens: 16_000,
    kvUsed: 0.25,
    preemptions: 3,
    prefixQueries: 1_200_000,
    prefixHits: 900_000,
  });
});

test('the engines of one server count together', () => {
  const engine = (number: number, used: number) =>
    [
      `vllm:kv_cache_usage_perc{engine="${number}",model_name="m"} ${used}`,
      `vllm:num_preemptions_total{engine="${number}",model_name="m"} 2`,
      `vllm:cache_config_info{block_size="16",engine="${number}",num_gpu_blocks="1000"} 1`,
    ].join('\n');
  expect(readEngineMetrics(`${engine(0, 0.2)}\n${engine(1, 0.6)}`)).toMatchObject({
    kvTokens: 32_000,
    kvUsed: 0.4,
    preemptions: 4,
  });
});

test('what is no vLLM, or does not say how large its memory is, tells nothing', () => {
  expect(readEngineMetrics('<html>Not found</html>')).toBeUndefined();
  expect(readEngineMetrics('vllm:kv_cache_usage_perc 0.5')).toBeUndefined();
  expect(
    readEngineMetrics(
      'vllm:kv_cache_usage_perc 0.5\nvllm:cache_config_info{block_size="16",num_gpu_blocks="None"} 1',
    ),
  ).toBeUndefined();
});
