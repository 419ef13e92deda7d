import { resolveHome } from '@aios/sdk';
import { type Config, ConfigFile, configSchema, SecretsFile } from '@aios/server/config';
import type { CommonOptions } from '../common-options.ts';
import type { Output } from '../terminal/output.ts';

/** The places of a home that hold secrets. */
export interface SecretStore {
  readonly home: string;
  readonly file: SecretsFile;
  /** What is in config.yaml; the defaults, with a remark, where it is broken. */
  readonly config: Config;
}

export async function openStore(options: CommonOptions, output: Output): Promise<SecretStore> {
  const home = resolveHome(options.home);
  const file = new SecretsFile(home);
  const exposure = await file.protect();
  if (exposure !== undefined) output.aside.line(output.aside.paint('warning', `Warning: ${exposure}`));
  return { home, file, config: await readConfig(new ConfigFile(home, process.env), output) };
}

async function readConfig(file: ConfigFile, output: Output): Promise<Config> {
  const bytes = await file.bytes();
  const { config } = bytes === undefined ? { config: await file.read() } : file.check(bytes);
  if (config !== undefined) return config;
  output.aside.line(
    output.aside.paint(
      'warning',
      `${file.path} is broken, so what it says is left out; see: aios config check`,
    ),
  );
  return configSchema.parse({});
}
