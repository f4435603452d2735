import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The tests run the built program, so it is built before the first of them. */
export default function setup(): void {
  if (process.env.RUNNER_SETUP_BUILT && existsSync('dist/main.js')) return;
  execFileSync('npx', ['rolldown', '-c', 'rolldown.config.ts', '--logLevel', 'warn'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
