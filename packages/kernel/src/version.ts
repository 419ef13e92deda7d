import packageJson from '../package.json' with { type: 'json' };

/** The version of AIOS that this kernel belongs to. */
export const version: string = packageJson.version;
