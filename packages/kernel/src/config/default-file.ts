/** The configuration file that the first boot writes. */
export const defaultConfigFile = `# Configuration of AIOS. A change takes effect as soon as the file is saved; the keys marked (restart) at the next
# start. A broken file changes nothing: the kernel keeps what it has and says what is wrong. The keys are those of the
# Python AIOS, so its config.yaml works here too. "aios config" shows what is in force and edits this file.

# Keys of providers. The secret store (aios env set) or the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, ...) is the
# better place.
api_keys:
  # openai: ""
  # anthropic: ""
  # gemini: ""
  # groq: ""

llms:
  # Without an entry the kernel uses what it finds at boot: a provider whose key is in the environment, an Ollama server
  # on this machine, or else the built-in offline responder, which needs no network and no key.
  models: []
  # models:
  #   - name: gpt-5-mini            # what calls ask for
  #     backend: openai             # openai, anthropic, gemini, ollama, vllm, sglang, offline, ...
  #   - name: qwen3
  #     backend: ollama
  #     hostname: http://localhost:11434
  #     concurrency: 2              # calls at the same time
  # aliases:                        # other names of models, for programs that bring their own
  #   gpt-4*: qwen3
  # default: gpt-5-mini             # for calls that name no model; the first entry when absent

memory:
  provider: in-house

storage:
  root_dir: root # (restart) folder that agents see as /, relative to this file
  max_indexed_file_bytes: 2000000 # larger files are not searched

# Responses that clients of /v1/responses go on from.
conversation:
  ttl_ms: 2592000000 # 30 days
  max_bytes: 32000000 # the largest conversation
  max_stored_bytes: 1000000000 # of one user; the oldest beyond it are forgotten

# Conversations that are longer than the window of the model that is asked.
context:
  strategies: [ superseded, page, summarise, truncate ] # what is done, in this order; [] refuses such calls
  low_water: 0.5 # share of the window down to which they are cut
  # summary_model: gpt-5-nano # the model that is asked when absent
  page_ttl_ms: 2592000000 # 30 days: how long what was moved out can be read
  max_page_bytes: 1000000000 # of one user; the oldest beyond it is forgotten
  # Kept conversations of processes (aios context).
  max_bytes: 32000000 # the largest conversation
  max_stored_bytes: 1000000000 # of one user; beyond it the oldest checkpoints without a label are removed
  keep_checkpoints: 100 # newest ones without a label of a process
  checkpoint_ttl_ms: 2592000000 # 30 days; checkpoints with a label stay
  ended_ttl_ms: 604800000 # 7 days after the end of a process its conversations are removed

scheduler:
  max_queued: 10000 # calls that may wait in one queue; more are refused
  policy: fair # who gets a free slot: fair, fifo, round_robin, priority or deadline
  max_wait_ms: 900000 # longest wait for a slot
  storage_slots: 32 # calls of a kind that run at the same time
  memory_slots: 32
  tool_slots: 64

quotas:
  max_wait_ms: 60000 # a longer wait for a rate (per minute, at the same time) is refused
  # defaults: # for each process, agent, user and tenant that nothing else names
  #   process: { usd: 1, seconds: 3600 }
  # agents: # by name or pattern; at_limit: refuse, pause, kill or cheaper_model
  #   researcher: { per_day: { usd: 5 }, at_limit: cheaper_model, cheaper_model: gpt-5-nano }
  # users:
  #   operator: { per_minute: { tokens: 200000 }, concurrency: 8 }
  # tenants:
  #   default: { per_day: { usd: 20 }, at_limit: pause }

access:
  first_use: grant # or ask: what an agent of others does first waits for you, see "aios approvals"
  irreversible: ask # calls of agents that cannot be undone wait for you; or allow
  approval_timeout_ms: 86400000 # 24 hours, then at_timeout is the answer
  at_timeout: deny # or approve
  # rules: [ "?tool.call:shell.**", "!storage.write:/archive/**" ] # for all agents: ask, or forbid
  # webhook: https://example.com/hook # told of what waits, signed with AIOS_WEBHOOK_SECRET
  # four_eyes: true # another user has to answer than the one for whom the agent runs

agent_factory:
  max_workers: 2 # (restart) threads for agents that do not run inside the kernel
  host_grace_ms: 30000 # a program elsewhere that serves agents may be without a connection for so long
  drop_waiting_after_ms: 10000 # a durable process that only waits for so long is dropped from memory until it goes on
  keep_runs: 3 # earlier runs whose journal is kept of a durable process that continues as new
  stuck_after_ms: 5000 # an agent that keeps its thread busy for so long is stopped; the others go on elsewhere
  max_heap_bytes: 536870912 # memory of the agents of a thread together, and of one in a process of its own
  sandbox_untrusted: false # true: agents that do not ship with AIOS run in the sandbox
  max_breaks: 3 # a durable process that blocked, filled or ended its thread so often is failed

services: [] # (restart) agents that start with the kernel
# services:
#   - { name: watcher, agent: researcher, input: { documents: /docs }, restart: on-failure, durable: true }
#   - { name: clerk, agent: clerk, after: [ watcher ] } # started when that one is healthy

server:
  host: 127.0.0.1 # (restart) AIOS_HOST overrides it
  port: 8000 # (restart) AIOS_PORT overrides it
  max_body_bytes: 16000000

tool:
  http_allow: [] # loopback or private addresses that http.get may reach, such as 192.168.0.0/16
  http_max_bytes: 1000000
  http_timeout_ms: 20000

# Agents that have read untrusted data ask before they could send any out.
guard:
  enabled: true
  untrusted: [] # tools of third parties, such as mcp/*
  destinations: [] # hosts and tools that data may always go to

# What was denied, reached outside or destroyed something: aios audit list
audit:
  enabled: true
  # anchor: https://anchors.example/aios # file or URL, elsewhere, that the signed ends of the audit are added to
  anchor_every_ms: 1000

sandbox:
  memory_bytes: 512000000 # of one program that code.run runs
  disk_bytes: 64000000 # its files live in memory
  files: 10000
  processes: 64
  cpu_ms: 60000
  time_ms: 60000
  output_bytes: 64000

log:
  level: info # fatal, error, warn, info, debug, trace or silent
`;
