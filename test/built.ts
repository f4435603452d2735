import { execFileSync } from 'node:child_process';

/** The tests run the built program, so it is built before the first of them. */
export default function setup(): void {
  if (process.env.RUNNER_SETUP_BUILT) return;
  execFileSync('npx', ['rolldown', '-c', 'rolldown.config.ts', '--logLevel', 'warn'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
