import { isIP } from 'node:net';
import { contextStrategy, modelCapabilities, schedulingPolicy } from '@aios/protocol';
import { z } from 'zod';
import { accessSettings } from './access-schema.ts';
import { modelLimits, routingKeys } from './llms-schema.ts';
import { quotaSettings } from './quotas-schema.ts';
import { sandboxSettings } from './sandbox-schema.ts';
import { serviceSettings } from './services-schema.ts';
import { isSubnet } from './subnet.ts';

// The schema of $AIOS_HOME/config.yaml: that of the Python AIOS (aios/config/config.yaml), extended. Keys are in
// snake_case because the file is theirs too.

/** A key of the Python AIOS that this kernel knows and does not use; accepted so that an existing file keeps working. */
const unused = z.unknown().optional();

const hostname = z
  .string()
  .regex(/^https?:\/\/\S+$/i, 'must be a URL that begins with http:// or https://')
  .refine((text) => URL.canParse(text), 'must be a URL such as http://localhost:11434')
  .transform((text) => text.replace(/\/+$/, ''));

/** Up to ten years. */
const milliseconds = z.number().int().positive().max(315_360_000_000);

const weight = z.number().positive().max(1_000_000);

const modelEntry = z.object({
  name: z.string().min(1).describe('Name by which calls ask for the model'),
  backend: z.string().min(1).describe('Provider, such as openai, ollama, vllm or offline'),
  hostname: hostname.optional().describe('Base URL of the endpoint; the provider’s own when absent'),
  api_key: z.string().optional().describe('Key for this model only; the environment is the better place'),
  model: z
    .string()
    .min(1)
    .optional()
    .describe('Name that the provider knows the model by; `name` when absent'),
  policy: schedulingPolicy.optional().describe('Who gets a free slot; scheduler.policy when absent'),
  concurrency: z.number().int().positive().max(10_000).optional().describe('Calls at the same time'),
  context_tokens: z.number().int().positive().optional().describe('Size of the context window'),
  prices: z
    .object({
      input: z.number().nonnegative(),
      output: z.number().nonnegative(),
      cached: z.number().nonnegative().optional(),
    })
    .optional()
    .describe('US dollars for a million tokens'),
  capabilities: z
    .array(z.enum(modelCapabilities))
    .optional()
    .describe('What the model can do by itself; the provider’s when absent'),
  ...modelLimits,
  max_gpu_memory: unused,
  eval_device: z
    .string()
    .optional()
    .describe('Where a local Hugging Face model computes, as PyTorch names it; the best device when absent'),
});
export type ModelEntry = z.infer<typeof modelEntry>;

const apiKey = z.union([
  z.string(),
  z.object({ auth_token: z.string().default(''), cache_dir: z.string().default('') }),
]);

/** An address that a server can listen on: an IP address or a name. */
export const serverHost = z
  .string()
  .refine(
    (host) => isIP(host) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host),
    'must be an IP address or a host name without port, such as 127.0.0.1 or localhost',
  );

export const serverPort = z.number().int().min(0).max(65_535);

export const configSchema = z.object({
  api_keys: z.record(z.string(), apiKey).prefault({}).describe('Keys of providers by name'),
  llms: z
    .object({
      models: z.array(modelEntry).default([]).describe('Empty: what the environment offers is found at boot'),
      default: z
        .string()
        .optional()
        .describe('Model or group of calls that name none; the first when absent'),
      ...routingKeys,
      log_mode: unused,
      use_context_manager: unused,
    })
    .prefault({}),
  memory: z
    .object({
      provider: z
        .literal('in-house', 'must be in-house; mem0 and zep are not supported yet')
        .default('in-house'),
      log_mode: unused,
      auto_extract: unused,
      auto_inject: unused,
      relevance_threshold: unused,
      max_injected_memories: unused,
      max_memory_tokens: unused,
      mem0: unused,
      zep: unused,
    })
    .prefault({}),
  storage: z
    .object({
      root_dir: z.string().min(1).default('root').describe('Folder mounted at /, relative to the home'),
      max_indexed_file_bytes: z.number().int().positive().default(2_000_000),
      use_vector_db: unused,
      vector_db_backend: unused,
      vector_db_config: unused,
      qdrant_host: unused,
      qdrant_port: unused,
      qdrant_api_key: unused,
      qdrant_model_name: unused,
    })
    .prefault({}),
  conversation: z
    .object({
      ttl_ms: milliseconds.default(2_592_000_000).describe('Time that entries of conversations are kept'),
      max_bytes: z.number().int().positive().default(32_000_000).describe('Largest conversation'),
      max_stored_bytes: z
        .number()
        .int()
        .positive()
        .default(1_000_000_000)
        .describe('Of one user; the oldest entries beyond it are forgotten'),
    })
    .prefault({}),
  context: z
    .object({
      strategies: z
        .array(contextStrategy)
        .default([...contextStrategy.options])
        .describe('What is done, in this order, where a conversation is longer than the model’s window'),
      low_water: z
        .number()
        .min(0.1)
        .max(0.95)
        .default(0.5)
        .describe('Share of the window down to which such a conversation is cut'),
      reply_tokens: z
        .number()
        .int()
        .positive()
        .default(4096)
        .describe(
          'Kept of the window for the reply, at most a quarter of it; more where a call sets maxTokens',
        ),
      page_min_tokens: z
        .number()
        .int()
        .positive()
        .default(1000)
        .describe('Results of tools from this size on are moved out'),
      page_ttl_ms: z
        .number()
        .int()
        .positive()
        .max(315_360_000_000)
        .default(2_592_000_000)
        .describe('Time that pages and summaries are kept after their last use'),
      max_page_bytes: z
        .number()
        .int()
        .positive()
        .default(1_000_000_000)
        .describe('Of one user; the oldest pages and summaries beyond it are forgotten'),
      summary_model: z
        .string()
        .optional()
        .describe('Model or group that writes summaries; the model that is asked when absent'),
      summary_tokens: z.number().int().positive().default(1024).describe('Longest summary'),
      summary_wait_ms: z
        .number()
        .int()
        .positive()
        .max(2_147_483_647)
        .default(30_000)
        .describe('Longest wait of a call for a summary; without one the oldest messages are left out'),
      max_bytes: z
        .number()
        .int()
        .positive()
        .default(32_000_000)
        .describe('Largest kept conversation of a process'),
      max_stored_bytes: z
        .number()
        .int()
        .positive()
        .default(1_000_000_000)
        .describe('Kept conversations of one user; checkpoints without a label make room, the oldest first'),
      keep_checkpoints: z
        .number()
        .int()
        .nonnegative()
        .default(100)
        .describe('Newest checkpoints without a label that are kept of a process'),
      checkpoint_ttl_ms: milliseconds
        .default(2_592_000_000)
        .describe('Time that checkpoints without a label are kept'),
      ended_ttl_ms: milliseconds
        .default(604_800_000)
        .describe(
          'Time that the conversations of an ended process are kept, and its checkpoints without a label',
        ),
    })
    .prefault({}),
  scheduler: z
    .object({
      max_queued: z.number().int().positive().default(10_000).describe('Calls that may wait in one queue'),
      policy: schedulingPolicy
        .default('fair')
        .describe(`Who gets a free slot: ${schedulingPolicy.options.join(', ')}`),
      max_wait_ms: z
        .number()
        .int()
        .positive()
        .max(2_147_483_647)
        .default(900_000)
        .describe('Wait for a slot after which a call is refused'),
      class_weights: z
        .object({
          interactive: weight.default(16),
          pipeline: weight.default(4),
          batch: weight.default(1),
        })
        .prefault({})
        .describe('Shares of the classes of calls under the policy fair'),
      tenant_weights: z
        .record(z.string(), weight)
        .default({})
        .describe('Shares of tenants under the policy fair; 1 where absent'),
      starvation_factor: z
        .number()
        .positive()
        .default(32)
        .describe('Under fair, a program that waited so many times as long as it ran goes first'),
      priority_ageing_ms: z
        .number()
        .positive()
        .default(10_000)
        .describe('Under priority, waiting that counts as one level'),
      slice_output_tokens: z
        .number()
        .int()
        .positive()
        .default(256)
        .describe('Under round_robin, what a call may write while others wait'),
      slice_ms: z
        .number()
        .int()
        .positive()
        .max(2_147_483_647)
        .optional()
        .describe('The same in milliseconds; no bound when absent'),
      admission_window: z
        .boolean()
        .default(true)
        .describe('Let fewer programs at a model that shows that they are too many'),
      storage_slots: z.number().int().positive().default(32),
      memory_slots: z.number().int().positive().default(32),
      tool_slots: z.number().int().positive().default(64),
      log_mode: unused,
    })
    .prefault({}),
  quotas: quotaSettings.prefault({}),
  access: accessSettings.prefault({}),
  agent_factory: z
    .object({
      max_workers: z.number().int().positive().max(256).default(2).describe('Threads of the worker runtime'),
      host_grace_ms: z
        .number()
        .int()
        .nonnegative()
        .max(2_147_483_647)
        .default(30_000)
        .describe('Time that a program elsewhere which serves agents may be without a connection'),
      drop_waiting_after_ms: z
        .number()
        .int()
        .nonnegative()
        .max(2_147_483_647)
        .default(10_000)
        .describe('Time that a durable process does nothing but wait until its code is dropped from memory'),
      keep_runs: z
        .number()
        .int()
        .nonnegative()
        .max(1_000_000)
        .default(3)
        .describe(
          'Runs before the present one whose journal is kept of a durable process that continues as new',
        ),
      stuck_after_ms: z
        .number()
        .int()
        .min(300)
        .max(2_147_483_647)
        .default(5000)
        .describe('Time that an agent may keep its thread busy without giving way to the others on it'),
      max_heap_bytes: z
        .number()
        .int()
        .min(33_554_432)
        .default(536_870_912)
        .describe('Memory that the agents of a thread have together, and an agent in a process of its own'),
      sandbox_untrusted: z
        .boolean()
        .default(false)
        .describe(
          'Run every agent that does not ship with AIOS in the runtime sandbox, whatever it asks for',
        ),
      max_breaks: z
        .number()
        .int()
        .positive()
        .max(1000)
        .default(3)
        .describe('Times that a durable process may break its thread until it is failed'),
      log_mode: unused,
    })
    .prefault({}),
  services: serviceSettings.default([]).describe('Agents that start with the kernel'),
  server: z
    .object({
      host: serverHost.default('127.0.0.1'),
      port: serverPort.default(8000),
      max_body_bytes: z.number().int().positive().default(16_000_000),
    })
    .prefault({}),
  tool: z
    .object({
      http_allow: z
        .array(
          z
            .string()
            .refine(isSubnet, 'must be an IP address or a subnet, such as 127.0.0.1 or 192.168.0.0/16'),
        )
        .default([])
        .describe(
          'Addresses or subnets (CIDR) that http.get may reach although they are loopback or private',
        ),
      http_max_bytes: z.number().int().positive().max(100_000_000).default(1_000_000),
      http_timeout_ms: z.number().int().positive().max(600_000).default(20_000),
      mcp_server_script_path: unused,
    })
    .prefault({}),
  guard: z
    .object({
      enabled: z.boolean().default(true),
      untrusted: z
        .array(z.string().min(1))
        .default([])
        .describe('Tools of third parties, patterns included; those that say so themselves need not be here'),
      destinations: z
        .array(z.string().min(1))
        .default([])
        .describe('Hosts and tools, patterns included, that data may always go to'),
    })
    .prefault({}),
  audit: z
    .object({
      enabled: z.boolean().default(true),
      anchor: z
        .string()
        .min(1)
        .optional()
        .describe('File or URL outside of this machine that signed heads go to, besides the home'),
      anchor_every_ms: z
        .number()
        .int()
        .positive()
        .max(3_600_000)
        .default(1000)
        .describe('Time between two signed heads outside of the database'),
    })
    .prefault({}),
  sandbox: sandboxSettings.prefault({}),
  log: z
    .object({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info') })
    .prefault({}),
});

/** The configuration of an installation, defaults filled in. */
export type Config = z.infer<typeof configSchema>;
