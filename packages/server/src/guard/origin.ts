import { AiosError } from '@aios/protocol';

/** Refuses pages of other sites. Only browsers send Origin, and never a false one. */
export function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  const url = URL.parse(origin);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (isWeb && url.host === host?.toLowerCase()) return;
  throw new AiosError(
    'permission_denied',
    `Pages of ${JSON.stringify(origin)} may not call this kernel; only its own pages may. Call it from a program instead.`,
    { disposition: 'fix_input' },
  );
}
