import { execFile } from 'node:child_process';
import type { Env } from '../world.ts';

/** What came of asking Docker or Podman something: its words, or why there are none. */
export type Told =
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

/** Asks the engine at a host for its version, by `docker` or `podman` with the words as a list; never longer than ten seconds. */
export const engineVersion = (engine: Engine): Promise<Told> =>
  ask(engine, ['version', '--format', '{{.Server.Version}}']);

/** Whether an image is on the machine of the engine: its id when it is. */
export const imageId = (engine: Engine, image: string): Promise<Told> =>
  ask(engine, ['image', 'inspect', '--format', '{{.Id}}', '--', image]);

/** Asks the engine something that changes nothing, with the words as a list; never longer than `seconds`. */
export function ask(engine: Engine, words: readonly string[], seconds = 10): Promise<Told> {
  const limits = { timeout: seconds * 1000, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(engine.program, words, { env: environmentOf(engine), ...limits }, (error, stdout, stderr) => {
      if (error === null) return resolve({ words: stdout.trim() });
      if (error.code === 'ENOENT') return resolve({ missing: true });
      const said = lastLine(stderr);
      const failed = error.killed ? `no answer within ${seconds} seconds` : said || error.message;
      return resolve({ failed, printed: stdout.trim() });
    });
  });
}

/** The environment in which the program reaches this engine. */
export function environmentOf({ program, host, env }: Engine): Env {
  if (host === undefined) return env;
  return { ...env, [program === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST']: host };
}

/** The last line of what a program said that has words in it, without what would move the cursor. */
export const lastLine = (text: string): string => plainLine(text.trim().split('\n').at(-1) ?? '');

/** A line without control characters. */
export const plainLine = (line: string): string =>
  line
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim();
