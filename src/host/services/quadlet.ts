import { basename, isAbsolute, join, posix } from 'node:path';
import { readUnit, type UnitEntry, unitValues, unitWords } from '../../text/read-unit.ts';
import { valueIn } from '../runner-words.ts';
import { entriesOf, type ServicePlace, textOf } from './files.ts';
import type { RunnerService } from './service.ts';

/** The Quadlets (`.container` files of Podman) that run the image of gitlab-runner: those of root, and those of the user who asks. */
export function quadletServices(place: ServicePlace): RunnerService[] {
  const { root, uid, home } = place;
  const machine = ['etc/containers/systemd', 'run/containers/systemd', 'usr/share/containers/systemd'];
  const users = uid ? ['etc/containers/systemd/users', `etc/containers/systemd/users/${uid}`] : [];
  const own = uid
    ? [join(home, '.config/containers/systemd'), ...users.map((folder) => join(root, folder))]
    : [];
  return [
    ...machine.flatMap((folder) => quadletsIn(join(root, folder), 0)),
    ...own.flatMap((folder) => quadletsIn(folder, uid)),
  ];
}

const quadletsIn = (folder: string, uid: number | undefined): RunnerService[] =>
  entriesOf(folder)
    .filter(({ name }) => name.endsWith('.container'))
    .flatMap(({ name }) => serviceOf(join(folder, name), uid) ?? []);

function serviceOf(file: string, uid: number | undefined): RunnerService | undefined {
  const parts = entriesOf(`${file}.d`).filter(({ name }) => name.endsWith('.conf'));
  const files = [file, ...parts.map(({ name }) => join(`${file}.d`, name)).sort()];
  const entries = files.flatMap((one) => readUnit(textOf(one)));
  const [image = ''] = unitValues(entries, 'Container', 'Image').slice(-1);
  if (!/(^|\/)gitlab-runner([:@].*)?$/.test(image)) return undefined;
  const words = unitWords(unitValues(entries, 'Container', 'Exec').at(-1) ?? '');
  return {
    manager: 'Quadlet',
    name: `${basename(file, '.container')}.service`,
    file,
    isEnabled: ['WantedBy', 'RequiredBy'].some((key) => unitValues(entries, 'Install', key).length > 0),
    config: outside(valueIn(words, 'config|c') ?? variableIn(entries, 'CONFIG_FILE') ?? usual, entries),
    user: valueIn(words, 'user|u'),
    uid,
  };
}

const usual = '/etc/gitlab-runner/config.toml';

function variableIn(entries: readonly UnitEntry[], name: string): string | undefined {
  const all = unitValues(entries, 'Container', 'Environment').flatMap(unitWords);
  return all.findLast((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

// In a volume, or in the container alone, it has no path that can be known here.
function outside(inside: string, entries: readonly UnitEntry[]): string | undefined {
  for (const volume of unitValues(entries, 'Container', 'Volume')) {
    const [source = '', target = ''] = volume.split(':');
    const below = posix.relative(target, inside);
    if (isAbsolute(source) && !source.includes('%') && target !== '' && !below.startsWith('..'))
      return join(source, below);
  }
  return undefined;
}
