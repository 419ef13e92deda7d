import { addressGuard, type Lookup, operatingSystemLookup } from '../../../network/index.ts';
import { openEgress, reservedByNodeBytes, withEgress } from '../../../sandbox/index.ts';
import { defineTool, type Tool } from '../../tool.ts';
import { type CodeOptions, codeInput, runCode } from './run-code.ts';

export interface CodeOnlineOptions extends CodeOptions {
  readonly lookup?: Lookup;
}

/** Runs programs that may reach hosts of the public internet; each host needs the grant `net.connect:HOST`. */
export function codeRunOnline({ lookup = operatingSystemLookup, ...options }: CodeOnlineOptions): Tool {
  return defineTool({
    name: 'code.run-online',
    description:
      'Like code.run, for a program that needs the internet: it may make https connections to hosts that were granted, through a proxy that its environment names. Also gives the connections that it made.',
    input: codeInput,
    effect: 'external',
    isUntrusted: true,
    idempotent: false,
    irreversible: true,
    run: async (input, context) => {
      await using egress = await openEgress({
        authorise: (host) => context.authorise('net.connect', host),
        isAllowed: addressGuard(options.config().tool.http_allow),
        lookup,
      });
      const result = await runCode(options, input, context, (spec) =>
        withEgress({ ...spec, limits: { ...spec.limits, reservedBytes: reservedByNodeBytes } }, egress),
      );
      return { ...result, connections: egress.connections };
    },
  });
}
