import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages/*/src,agents,bench,e2e,scripts}/**/*.test.ts'],
    globalSetup: ['packages/testing/src/vitest-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
