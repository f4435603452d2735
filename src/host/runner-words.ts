import { isAbsolute, join, resolve } from 'node:path';

/** How a gitlab-runner is started: what decides which config.toml it reads. */
interface RunnerStart {
  /** Its words, without the program. */
  readonly words: readonly string[];
  /** What a variable of its environment says. */
  variable(name: string): string | undefined;
  /** The folder that it works in, where that is known. */
  folder(): string | undefined;
  /** Its user, where that is known. */
  readonly uid: number | undefined;
  /** How paths are written there; as here when nothing is said. */
  readonly paths?: { isAbsolute(path: string): boolean; resolve(folder: string, path: string): string };
}

/** Whether a path is that of the program gitlab-runner, also by its name of before GitLab 10, or in capital letters, as Windows allows. */
export const isRunnerProgram = (path: string): boolean =>
  /(^|[\\/])gitlab-(ci-multi-)?runner[^\\/]*$/i.test(path);

/** A command line that runs gitlab-runner: the program, and the words behind it. */
export interface RunCommand {
  readonly program: string;
  readonly words: readonly string[];
}

/**
 * The part of a command line that is `gitlab-runner run`, which may stand behind another program, such as env or nice;
 * nothing where it does something else, or runs in a container.
 */
export function runCommandIn(all: readonly string[]): RunCommand | undefined {
  const at = all.findIndex(isRunnerProgram);
  const words = all.slice(at + 1);
  if (at < 0 || !words.includes('run')) return undefined;
  if (all.slice(0, at).some((word) => /(^|[\\/])(docker|podman|nerdctl)(\.exe)?$/.test(word)))
    return undefined;
  return { program: all[at]!, words };
}

/**
 * The config.toml that a gitlab-runner reads, as it finds it itself: by its words, its environment, its home; what is
 * relative, from where it works. Undefined where that cannot be known.
 */
export function configOfStart({
  words,
  variable,
  folder,
  uid,
  paths = { isAbsolute, resolve },
}: RunnerStart): string | undefined {
  const named = valueIn(words, 'config|c') ?? (variable('CONFIG_FILE') || undefined);
  // With an empty name gitlab-runner has no file.
  if (named === '') return undefined;
  if (named === undefined) return usualConfig(uid, variable('HOME') || undefined);
  if (paths.isAbsolute(named)) return named;
  const place = folder();
  return place === undefined ? undefined : paths.resolve(place, named);
}

/** The value of a flag in the words of a gitlab-runner, the last where it stands twice; `names` are its names as a pattern, such as `user|u`. */
export function valueIn(words: readonly string[], names: string): string | undefined {
  const at = words.findLastIndex((word) => new RegExp(`^--?(${names})(=|$)`).test(word));
  if (at < 0) return undefined;
  return words[at]!.includes('=') ? words[at]!.replace(/^[^=]*=/, '') : words[at + 1];
}

// Root's reads the file in /etc; the home of another user is seen only by that one and root.
function usualConfig(uid: number | undefined, home: string | undefined): string | undefined {
  if (uid === 0) return '/etc/gitlab-runner/config.toml';
  return home === undefined ? undefined : join(home, '.gitlab-runner/config.toml');
}
