import {
  type ChildProcess,
  type ExecFileException,
  execFile,
  execFileSync,
  type SpawnOptions,
  spawn,
} from 'node:child_process';
import type { Env } from './world.ts';

/** What a program that is started finds in its environment. */
interface Surroundings {
  /** The environment of this program: variables that carry tokens or passwords are left out. */
  readonly env: Env;
  /** The variables that this one needs although they carry some. */
  readonly needs?: readonly string[];
  /** What it gets besides, whatever is in it. */
  readonly more?: Env;
}

/** Starts a program with its words as a list, never through a shell. */
export const start = (
  program: string,
  words: readonly string[],
  { env, needs, more, ...how }: Surroundings & Omit<SpawnOptions, 'env'>,
): ChildProcess => spawn(program, words, { ...how, env: environment({ env, needs, more }) });

interface Limits {
  /** In milliseconds. */
  readonly timeout: number;
  /** The most bytes that are read of what it prints. */
  readonly maxBuffer?: number;
  readonly signal?: AbortSignal;
}

/** Starts a program as `start` does, and calls `done` with all that it printed once it has ended. */
export const startAndRead = (
  program: string,
  words: readonly string[],
  { env, needs, more, ...limits }: Surroundings & Limits,
  done: (error: ExecFileException | null, stdout: string, stderr: string) => void,
): ChildProcess => execFile(program, words, { ...limits, env: environment({ env, needs, more }) }, done);

/** Runs a program of the system to its end, with these open files after its channels; gives what it printed, and throws when it fails. */
export const runAtOnce = (
  program: string,
  words: readonly string[],
  { env, timeout, files }: { readonly env: Env; readonly timeout: number; readonly files: readonly number[] },
): string =>
  execFileSync(program, words, {
    encoding: 'utf8',
    timeout,
    env: environment({ env }),
    stdio: ['ignore', 'pipe', 'pipe', ...files],
  });

const environment = ({ env, needs = [], more }: Surroundings): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(env).filter(([name]) => needs.includes(name) || !secrets.has(name.toUpperCase())),
  ),
  ...more,
});

const secrets: ReadonlySet<string> = new Set(
  `
  CI_SERVER_TOKEN REGISTRATION_TOKEN RUNNER_TOKEN RUNNER_SETUP_ACCESS_TOKEN SSH_PASSWORD KUBERNETES_BEARER_TOKEN
  CACHE_S3_ACCESS_KEY CACHE_S3_SECRET_KEY CACHE_S3_SESSION_TOKEN CACHE_GCS_PRIVATE_KEY CACHE_AZURE_ACCOUNT_KEY
  RUNNER_ENV MACHINE_OPTIONS SENTRY_DSN DOCKER_AUTH_CONFIG
  GITLAB_TOKEN GITLAB_ACCESS_TOKEN GITLAB_PRIVATE_TOKEN GITLAB_OAUTH_TOKEN GITLAB_PAT
  CI_JOB_TOKEN CI_BUILD_TOKEN CI_JOB_JWT CI_JOB_JWT_V1 CI_JOB_JWT_V2 CI_REGISTRY_PASSWORD CI_DEPLOY_PASSWORD
  CI_DEPENDENCY_PROXY_PASSWORD CI_REPOSITORY_URL
  `
    .trim()
    .split(/\s+/),
);
