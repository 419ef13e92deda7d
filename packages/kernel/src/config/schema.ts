import { z } from 'zod';

// The schema of $AIOS_HOME/config.yaml: that of the Python AIOS (aios/config/config.yaml), extended. Keys are in
// snake_case because the file is theirs too.

const modelEntry = z.object({
  name: z.string().min(1).describe('Name by which calls ask for the model'),
  backend: z.string().min(1).describe('Provider, such as openai, ollama, vllm or offline'),
  hostname: z.url().optional().describe('Base URL of the endpoint; the provider’s own when absent'),
  api_key: z.string().optional().describe('Key for this model only; the environment is the better place'),
  model: z.string().optional().describe('Name that the provider knows the model by; `name` when absent'),
  concurrency: z.number().int().positive().max(10_000).optional().describe('Calls at the same time'),
  context_tokens: z.number().int().positive().optional().describe('Size of the context window'),
  max_gpu_memory: z.record(z.string(), z.string()).optional(),
  eval_device: z.string().optional(),
});
export type ModelEntry = z.infer<typeof modelEntry>;

const apiKey = z.union([
  z.string(),
  z.object({ auth_token: z.string().default(''), cache_dir: z.string().default('') }),
]);
const logMode = z.enum(['console', 'file']).optional();

export const configSchema = z.object({
  api_keys: z.record(z.string(), apiKey).prefault({}),
  llms: z
    .object({
      models: z.array(modelEntry).default([]).describe('Empty: what the environment offers is found at boot'),
      default: z.string().optional().describe('Model of calls that name none; the first when absent'),
      router: z.looseObject({ strategy: z.string().optional() }).optional(),
      log_mode: logMode,
      use_context_manager: z.boolean().optional(),
    })
    .prefault({}),
  memory: z
    .looseObject({ provider: z.literal('in-house').default('in-house'), log_mode: logMode })
    .prefault({}),
  storage: z
    .object({
      root_dir: z.string().default('root').describe('Folder mounted at /, relative to the home'),
      max_indexed_file_bytes: z.number().int().positive().default(2_000_000),
      use_vector_db: z.boolean().optional(),
      vector_db_backend: z.string().optional(),
    })
    .prefault({}),
  scheduler: z
    .object({
      max_queued: z.number().int().positive().default(10_000).describe('Calls that may wait in one queue'),
      storage_slots: z.number().int().positive().default(32),
      memory_slots: z.number().int().positive().default(32),
      tool_slots: z.number().int().positive().default(64),
      log_mode: logMode,
    })
    .prefault({}),
  agent_factory: z
    .object({
      max_workers: z.number().int().positive().max(256).default(2).describe('Threads of the worker runtime'),
      log_mode: logMode,
    })
    .prefault({}),
  server: z
    .object({
      host: z.string().default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(8000),
      max_body_bytes: z.number().int().positive().default(16_000_000),
    })
    .prefault({}),
  tool: z
    .object({
      http_allow: z
        .array(z.string())
        .default([])
        .describe(
          'Addresses or subnets (CIDR) that http.get may reach although they are loopback or private',
        ),
      http_max_bytes: z.number().int().positive().default(1_000_000),
      http_timeout_ms: z.number().int().positive().default(20_000),
      mcp_server_script_path: z.string().optional(),
    })
    .prefault({}),
  log: z
    .object({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info') })
    .prefault({}),
});

/** The configuration of an installation, defaults filled in. */
export type Config = z.infer<typeof configSchema>;
