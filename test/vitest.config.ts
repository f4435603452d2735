import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temporary.ts', 'test/built.ts', 'test/engine/which.ts'],
    // Most of the time is spent waiting for processes: two files at a time keep two cores busy, more would not.
    maxWorkers: 2,
    // Real processes and real servers on two cores: a busy machine must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
