import { fileURLToPath } from 'node:url';

/** What comes with this checkout and a kernel is told of: the shipped agents, and the modules that any agent may import. */
export const shipped = {
  agentFolders: [{ path: fileURLToPath(new URL('../../../agents', import.meta.url)), trusted: true }],
  pythonPath: fileURLToPath(new URL('../../sdk-python/src', import.meta.url)),
  offeredImports: { '@aios/sdk': import.meta.resolve('@aios/sdk'), zod: import.meta.resolve('zod') },
};
