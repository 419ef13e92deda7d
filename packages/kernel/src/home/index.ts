// The folder that holds all state of an installation: where it is, the lock that keeps a second kernel out, the token of
// its clients, and where the running kernel can be reached. The command line reads the last two without a kernel.

export { readCredentials } from './credentials.ts';
export { homePath, openHome } from './home.ts';
export { readKernelInfo } from './kernel-info.ts';
