import { execFile, execFileSync } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { staticShell } from './images.ts';

/** An engine for the stories: a real one, by the program that reaches it, or the stand-in under that name. */
export interface Found {
  readonly program: 'docker' | 'podman';
  readonly isReal: boolean;
  readonly label: string;
}

/**
 * The engines of this machine, as PATH and environment offer them, that can really run a container; the stand-in when
 * there is none.
 */
export function enginesHere(): Found[] {
  const real = (['docker', 'podman'] as const).flatMap((program) => {
    const place = program === 'docker' ? 'Server' : 'Client';
    const version = said(program, ['version', '--format', `{{.${place}.Version}}`]);
    if (!version || staticShell() === undefined || !runs(program)) return [];
    return [{ program, isReal: true, label: `${program} ${version}` }];
  });
  return real.length > 0 ? real : [{ program: 'docker', isReal: false, label: 'the stand-in' }];
}

/** The one line that says what the stories ran on. */
export const whichRan = (found: readonly Found[]): string =>
  found[0]!.isReal
    ? `container stories: on real engines: ${found.map(({ label }) => label).join(' and ')}`
    : 'container stories: no engine that runs containers here, so on the recording stand-in';

// A file system of one program is enough to see whether containers start at all.
function runs(program: string): boolean {
  const image = 'runner-setup-probe:latest';
  const shell = staticShell()!;
  const tar = execFileSync('tar', ['-C', dirname(shell), '-c', basename(shell)], { maxBuffer: 2 ** 26 });
  const made = said(program, ['import', '-', image], process.env, tar) !== undefined;
  const works = made && said(program, ['run', '--rm', image, `/${basename(shell)}`, 'true']) !== undefined;
  said(program, ['rmi', '--force', image]);
  return works;
}

/** What the program says; nothing when it is not there or fails. */
export function said(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  input?: Buffer,
): string | undefined {
  try {
    const stdio = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'] as const;
    return execFileSync(program, words, {
      encoding: 'utf8',
      stdio: [...stdio],
      timeout: 120_000,
      maxBuffer: 2 ** 26,
      env,
      ...(input && { input }),
    }).trim();
  } catch {
    return undefined;
  }
}

/** The same without waiting in place: what the engine asks of a registry in this process can be answered. */
export const saidLater = (
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(program, words, { env, timeout: 60_000, maxBuffer: 2 ** 26 }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    );
  });
