import { basename, dirname, join, posix } from 'node:path';
import { type Container, configTarget } from './container.ts';

/** Where the config of a runner in a container lies. */
interface ConfigPlace {
  /** On the machine of the engine. */
  readonly file: string;
  /** In the container. */
  readonly inside: string;
  /** The volume that it lies in, when it has a name. */
  readonly volume: string | undefined;
}

/**
 * Finds config.toml of a runner's container by its mounts: the file that its arguments or CONFIG_FILE name, else
 * /etc/gitlab-runner/config.toml. Nothing when it lies in the container itself.
 */
export function configPlace({ settings, places, folder: base }: Container): ConfigPlace | undefined {
  const args = settings.args ?? [];
  const named = valueIn(args, 'config|c') ?? settings.env.CONFIG_FILE ?? join(configTarget, 'config.toml');
  // gitlab-runner goes to its working directory before it reads its config.
  const inside = posix.resolve('/', base, valueIn(args, 'working-directory|d') ?? '', named);
  let [folder, rest] = [inside, ''];
  while (folder !== '/' && folder !== '.') {
    const place = places[folder] ?? places[`${folder}/`];
    if (place !== undefined && place !== '') {
      const mount = settings.mounts.find(({ target }) => target.replace(/\/$/, '') === folder);
      const volume = mount?.type === 'volume' ? mount.source : undefined;
      return { file: rest === '' ? place : join(place, rest), inside, volume };
    }
    rest = join(basename(folder), rest);
    folder = dirname(folder);
  }
  return undefined;
}

function valueIn(args: readonly string[], names: string): string | undefined {
  const at = args.findIndex((word) => new RegExp(`^--?(${names})(=|$)`).test(word));
  if (at < 0) return undefined;
  return args[at]!.includes('=') ? args[at]!.replace(/^[^=]*=/, '') : args[at + 1];
}
