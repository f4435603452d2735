import { basename, dirname, join } from 'node:path';
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
export function configPlace({ settings, places }: Container): ConfigPlace | undefined {
  const inside =
    namedIn(settings.args ?? []) ?? settings.env.CONFIG_FILE ?? join(configTarget, 'config.toml');
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

function namedIn(args: readonly string[]): string | undefined {
  const at = args.findIndex((word) => /^--?(config|c)(=|$)/.test(word));
  if (at < 0) return undefined;
  return args[at]!.includes('=') ? args[at]!.replace(/^[^=]*=/, '') : args[at + 1];
}
