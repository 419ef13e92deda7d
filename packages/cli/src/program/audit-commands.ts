import type { AuditOutcome } from '@aios/protocol';
import { Option } from 'commander';
import type { AuditListOptions, AuditRotateOptions, AuditVerifyOptions } from '../commands/audit.ts';
import type { CommonOptions } from '../common-options.ts';
import { addCommand, type Register } from './add-command.ts';
import { parseCount } from './parse-option.ts';

/** Written out, for the protocol’s schemas would load zod. */
const outcomes = Object.keys({
  attempted: true,
  ok: true,
  error: true,
  denied: true,
} satisfies Record<AuditOutcome, true>);

export const addAuditCommands: Register = (program, onExitCode) => {
  const audit = program
    .command('audit')
    .description('Show and check what was denied, reached outside or destroyed something');
  const load = () => import('../commands/audit.ts');
  addCommand(audit, 'list', 'List the newest entries')
    .addOption(new Option('--outcome <outcome>', 'only those with this outcome').choices(outcomes))
    .option('--pid <number>', 'only those of this process', parseCount)
    .option('--call <name>', 'only those of this system call')
    .option('--limit <number>', 'how many (default: 100)', parseCount)
    .action(async (options: AuditListOptions) => onExitCode(await (await load()).auditList(options)));
  addCommand(audit, 'export', 'Write all entries into a file that can be checked elsewhere')
    .argument('<file>', 'lines of JSON')
    .action(async (file: string, options: CommonOptions) =>
      onExitCode(await (await load()).auditExport(file, options)),
    );
  addCommand(audit, 'verify', 'Check that no entry was changed, removed, moved or added; needs no kernel')
    .argument('[file]', 'an export or a segment (default: the database of the home)')
    .option('--public-key <file>', 'PEM (default: that of the home)')
    .option('--heads <file>', 'signed heads that were kept outside (default: those of the home)')
    .action(async (file: string | undefined, options: AuditVerifyOptions) =>
      onExitCode(await (await load()).auditVerify(file, options)),
    );
  addCommand(audit, 'rotate', 'Move old entries into a file of the home, behind a signed checkpoint')
    .requiredOption('--older-than <days>', 'younger entries stay', parseCount)
    .action(async (options: AuditRotateOptions) => onExitCode(await (await load()).auditRotate(options)));
};
