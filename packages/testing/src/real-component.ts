/**
 * The rule for tests that need something real of the machine, such as PostgreSQL: without it they are skipped and say so,
 * unless AIOS_REAL=required, which makes them fail. Gives back what was found.
 */
export function realComponent<Component>(
  name: string,
  found: Component | undefined,
  howToInstall: string,
): Component | undefined {
  if (found !== undefined) return found;
  if (process.env.AIOS_REAL === 'required') {
    throw new Error(`AIOS_REAL=required, but this machine has no ${name}. ${howToInstall}`);
  }
  console.warn(`skipped: tests with ${name}, which this machine does not have. ${howToInstall}`);
  return undefined;
}
