import { startAndRead } from '../child.ts';
import type { Env } from '../world.ts';

/** What came of asking Docker or Podman something: its words, or why there are none. */
type EngineAnswer =
  | { readonly words: string }
  | { readonly missing: true }
  /** `printed` is what it wrote before it failed. */
  | { readonly failed: string; readonly printed: string };

/** A container engine as its own command reaches it. */
export interface Engine {
  readonly program: 'docker' | 'podman';
  /** As gitlab-runner has it in docker.host; absent for what the program takes by itself (its context, its own variable). */
  readonly host: string | undefined;
  readonly env: Env;
}

/** The engine that `docker.host` means; empty for the usual one. */
export const engineAt = (host: string, env: Env): Engine => ({
  program: host.includes('podman') ? 'podman' : 'docker',
  host: host === '' ? undefined : host,
  env,
});

/** Asks the engine at a host for its version, by `docker` or `podman` with the words as a list; never longer than ten seconds. */
export const engineVersion = (engine: Engine, signal?: AbortSignal): Promise<EngineAnswer> =>
  ask(engine, ['version', '--format', '{{.Server.Version}}'], 10, signal);

/** Whether an image is on the machine of the engine: its id when it is. */
export const imageId = (engine: Engine, image: string, signal?: AbortSignal): Promise<EngineAnswer> =>
  ask(engine, ['image', 'inspect', '--format', '{{.Id}}', '--', image], 10, signal);

/** Fetches an image; never longer than ten minutes. */
export const pullImage = (engine: Engine, image: string, signal?: AbortSignal): Promise<EngineAnswer> =>
  ask(engine, ['pull', '--quiet', '--', image], 600, signal);

/** A command as a person types it to reach the same engine. */
export function commandOf({ program, host }: Engine, words: string): string {
  const variable = host === undefined ? '' : `${hostVariable(program)}=${host} `;
  return `${variable}${program} ${words}`;
}

/** A container to be run and thrown away, and what it is to do. */
interface Passing {
  readonly name: string;
  readonly image: string;
  readonly flags: readonly string[];
  /** For `sh`, which the image has to have; the words come after it as `$1` and so on. */
  readonly script: string;
  readonly words: readonly string[];
}

/** What a program said and the code it ended with; the code is absent when the time was up. */
interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in a container that is gone afterwards; never longer than 30 seconds, nothing is fetched for it. */
export async function runPassing(engine: Engine, it: Passing, signal?: AbortSignal): Promise<Ended> {
  const { name, image, flags, script, words } = it;
  const run = ['run', '--rm', '--pull', 'never', '--name', name, ...flags, '--entrypoint', 'sh', '--', image];
  const ended = await execute(engine, [...run, '-c', script, 'sh', ...words], 30, signal);
  // What is cut off leaves its container running: the first process of a container takes no signal.
  if (ended.code === undefined) await execute(engine, ['rm', '--force', '--', name], 10);
  return ended;
}

/** Asks the engine something, with the words as a list; never longer than `seconds`. */
export async function ask(
  engine: Engine,
  words: readonly string[],
  seconds = 10,
  signal?: AbortSignal,
): Promise<EngineAnswer> {
  const { code, stdout, stderr, isMissing } = await execute(engine, words, seconds, signal);
  if (isMissing) return { missing: true };
  if (code === 0) return { words: stdout.trim() };
  const said = lastLine(stderr) || `it exited with ${code}`;
  const failed = code === undefined ? `no response within ${seconds} seconds` : said;
  return { failed, printed: stdout.trim() };
}

function execute(
  engine: Engine,
  words: readonly string[],
  seconds: number,
  signal?: AbortSignal,
): Promise<Ended & { readonly isMissing: boolean }> {
  const how = {
    ...surroundingsOf(engine),
    timeout: seconds * 1000,
    maxBuffer: 64 * 1024 * 1024,
    ...(signal && { signal }),
  };
  return new Promise((resolve) => {
    startAndRead(engine.program, words, how, (error, stdout, stderr) => {
      const isMissing = error?.code === 'ENOENT';
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, stdout, stderr, isMissing });
    });
  });
}

const hostVariable = (program: Engine['program']): string =>
  program === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST';

/** The variable of the environment that names the engine of a program; nothing when none does. */
export const namedBy = ({ program, env }: Pick<Engine, 'program' | 'env'>): string | undefined =>
  variablesOf[program].find((name) => env[name]);

// Those of the docker and podman commands, by their weight.
const variablesOf = {
  docker: ['DOCKER_HOST', 'DOCKER_CONTEXT'],
  podman: ['CONTAINER_HOST', 'CONTAINER_CONNECTION'],
} as const;

/** The environment in which the program reaches this engine; the logins of registries are for it. */
export const surroundingsOf = ({ program, host, env }: Engine) => ({
  env: host === undefined ? env : { ...env, [hostVariable(program)]: host },
  needs: ['DOCKER_AUTH_CONFIG'],
});

/** The last line of what a program said that has words in it, without what would move the cursor. */
const lastLine = (text: string): string => plainLine(text.trim().split('\n').at(-1) ?? '');

/** A line without control characters. */
export const plainLine = (line: string): string =>
  line
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim();
