import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages/*/src,agents,bench,e2e,scripts}/**/*.test.ts'],
    globalSetup: ['packages/testing/src/vitest-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // Most tests wait for processes and disks. The default leaves a core free, which on two of them is half of all.
    maxWorkers: 2,
  },
});
