import { execFile } from 'node:child_process';
import type { Env } from '../world.ts';

/** What came of asking Docker or Podman something: its words, or why there are none. */
export type Told = { readonly words: string } | { readonly missing: true } | { readonly failed: string };

/** A container engine as its own command reaches it. */
export interface Engine {
  readonly program: 'docker' | 'podman';
  /** As gitlab-runner has it in docker.host; absent for the usual one. */
  readonly host: string | undefined;
  readonly env: Env;
}

/** Asks the engine at a host for its version, by `docker` or `podman` with the words as a list; never longer than ten seconds. */
export const engineVersion = (engine: Engine): Promise<Told> =>
  ask(engine, ['version', '--format', '{{.Server.Version}}']);

/** Whether an image is on the machine of the engine: its id when it is. */
export const imageId = (engine: Engine, image: string): Promise<Told> =>
  ask(engine, ['image', 'inspect', '--format', '{{.Id}}', '--', image]);

function ask({ program, host, env }: Engine, words: readonly string[]): Promise<Told> {
  const name = program === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST';
  const own = host === undefined ? {} : { [name]: host };
  return new Promise((resolve) => {
    execFile(program, words, { env: { ...env, ...own }, timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ words: stdout.trim() });
      if (error.code === 'ENOENT') return resolve({ missing: true });
      const said = stderr.trim().split('\n').at(-1) ?? '';
      return resolve({ failed: error.killed ? 'no answer within 10 seconds' : said || error.message });
    });
  });
}
