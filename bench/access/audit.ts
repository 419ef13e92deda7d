import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@aios/kernel';
import { AiosError, permission, pid, tenantId, userId } from '@aios/protocol';
import { authorise, createPolicy, openAudit } from '../../packages/kernel/src/access/index.ts';
import { openDatabase } from '../../packages/kernel/src/database/index.ts';
import { type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';

const checksPerSample = 200;
/** Calls that are denied together and share a commit. */
const deniedTogether = 200;

const grants = [
  'storage.read:/docs/**',
  'storage.write:/reports/*',
  'tool.call:http.get',
  'llm.chat',
  'memory.*',
];
const policy = createPolicy([
  grants.map((text) => permission.parse(text)),
  [...grants, 'process.spawn:researcher'].map((text) => permission.parse(text)),
]);
const caller = {
  tenant: tenantId.parse('default'),
  user: userId.parse('operator'),
  policy,
  process: { pid: pid.parse(7), agent: 'researcher', durable: true, fence: 1 },
};

const allowed = { name: 'storage.read', path: '/docs/a/b.md' } as const;
const denied = { name: 'storage.write', path: '/etc/passwd' } as const;

type Audit = Awaited<ReturnType<typeof openAudit>>;
type Checked = typeof allowed | typeof denied;

/** A permission check as the path of a call makes it; the error where it is denied. */
function check({ name, path }: Checked): AiosError | undefined {
  try {
    authorise(caller, { action: name, call: name, target: path, given: { path } });
    return undefined;
  } catch (error) {
    if (AiosError.isInstance(error)) return error;
    throw error;
  }
}

function sampleOff(checked: Checked): number {
  const start = performance.now();
  for (let index = 0; index < checksPerSample; index += 1) check(checked);
  return ((performance.now() - start) * 1000) / checksPerSample;
}

async function sampleOn(audit: Audit, checked: Checked, together: number): Promise<number> {
  const start = performance.now();
  const closing: Promise<void>[] = [];
  for (let index = 0; index < together; index += 1) {
    const { name, path: target } = checked;
    const trail = audit.open({
      name,
      caller,
      target,
      input: { path: target, content: 'some text', encoding: 'utf8' },
    });
    const error = check(checked);
    if (trail !== undefined && error !== undefined) closing.push(trail.close(error));
  }
  await Promise.all(closing);
  return ((performance.now() - start) * 1000) / together;
}

/** Permission checks with the audit off and on, interleaved; a denied one with the audit on is on disk when its time ends. */
export async function measureAudit({ quick }: BenchmarkOptions): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), 'aios-bench-access-'));
  try {
    const logger = createLogger('silent');
    await using database = await openDatabase({ home, logger });
    const settings = () => ({ enabled: true, anchor_every_ms: 1000 });
    await using audit = await openAudit({ home, database, settings, logger });
    const samples = {
      off: [] as number[],
      deniedOff: [] as number[],
      on: [] as number[],
      deniedOn: [] as number[],
    };
    for (let round = 0; round < (quick ? 100 : 500); round += 1) {
      samples.off.push(sampleOff(allowed));
      samples.deniedOff.push(sampleOff(denied));
      samples.on.push(await sampleOn(audit, allowed, checksPerSample));
      samples.deniedOn.push(await sampleOn(audit, denied, deniedTogether));
    }
    return {
      allowedAuditOffP50Micros: percentile(samples.off, 0.5),
      deniedAuditOffP50Micros: percentile(samples.deniedOff, 0.5),
      allowedAuditOnP50Micros: percentile(samples.on, 0.5),
      deniedAuditOnP50Micros: percentile(samples.deniedOn, 0.5),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
