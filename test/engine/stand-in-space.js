import { acts } from './stand-in-acts.js';
import { readFlags } from './stand-in-words.js';

/** What the commands about space do to the state, and what they print. */
export const spaceActs = {
  'system df'({ state, program, print, say }) {
    const { images = [], volumes = [], builds = [] } = state;
    if (program === 'podman') return say(tables(images, volumes));
    return print({
      Images: images.map(({ id, size = 0, own }) => ({
        ID: id,
        Size: `${size}B`,
        UniqueSize: `${own ?? size}B`,
      })),
      Containers: [],
      Volumes: volumes.map(({ Name, size = 0 }) => ({ Name, Size: `${size}B`, Links: '0' })),
      BuildCache: builds.map(({ Size, ...more }) => ({ ...more, Size: `${Size}B` })),
    });
  },
  'volume ls'({ state, rest, print, say }) {
    const { flags } = readFlags(rest);
    for (const { size: _, ...volume } of state.volumes ?? [])
      (flags['--quiet'] ?? flags['-q']) ? say(volume.Name) : print(volume);
  },
  'volume inspect'({ state, rest, print, refuse }) {
    print(readFlags(rest).others.map((name) => shown(volumeOf(state, name, refuse))));
  },
  async 'volume rm'({ state, rest, say, refuse }) {
    await slowly(state);
    for (const name of readFlags(rest).others) {
      const volume = volumeOf(state, name, refuse);
      const user = (state.containers ?? []).find(({ Mounts }) => Mounts.some((mount) => mount.Name === name));
      if (user) refuse(`Error response from daemon: remove ${name}: volume is in use - [${user.Id}]`);
      state.volumes = state.volumes.filter((one) => one !== volume);
      say(name);
    }
  },
  async 'image rm'(how) {
    await slowly(how.state);
    acts['image rm'](how);
  },
  async 'container rm'(how) {
    await slowly(how.state);
    acts['container rm'](how);
  },
  'builder prune'({ state, say }) {
    const going = (state.builds ?? []).filter(({ InUse }) => InUse !== 'true');
    state.builds = (state.builds ?? []).filter((one) => !going.includes(one));
    say(`Total:\t${sum(going, 'Size')}B`);
  },
  'container run'(how) {
    const { flags, others } = readFlags(how.rest, { runs: true });
    if (flags['--entrypoint']?.at(-1) !== 'df') return acts['container run'](how);
    const image = how.state.images.find(({ tags }) => tags.includes(others[0]));
    if (image === undefined || image.noDf) how.refuse('exec: "df": executable file not found in $PATH', 127);
    return how.say(freeTable(how.state, others.includes('-i')));
  },
};

function freeTable({ disk = {}, images = [], volumes = [], builds = [] }, isFiles) {
  const things = images.length + volumes.length + builds.length;
  const taken = isFiles
    ? 1000 * things
    : (disk.used ?? 0) + sum(images, 'size') + sum(volumes, 'size') + sum(builds, 'Size');
  const size = isFiles ? (disk.files ?? 0) : (disk.size ?? 0);
  const unit = isFiles ? 1 : 1024;
  const numbers = [size, taken, size === 0 ? 0 : size - taken].map((number) => Math.floor(number / unit));
  const title = isFiles ? 'Inodes IUsed IFree IUse%' : '1024-blocks Used Available Capacity';
  return `Filesystem ${title} Mounted on\noverlay ${numbers.join(' ')} 1% /`;
}

const tables = (images, volumes) =>
  [
    'Images space usage:\n',
    'REPOSITORY  TAG  IMAGE ID      CREATED  SIZE  SHARED SIZE  UNIQUE SIZE  CONTAINERS',
    ...images.map(({ id, size = 0, own }) =>
      [
        '<none>',
        '<none>',
        id.replace(/^sha256:/, '').slice(0, 12),
        '2 days',
        `${size}B`,
        '0B',
        `${own ?? size}B`,
        '0',
      ].join('  '),
    ),
    '\nLocal Volumes space usage:\n',
    'VOLUME NAME  LINKS  SIZE',
    ...volumes.map(({ Name, size = 0 }) => [Name, '0', `${size}B`].join('  ')),
    '',
  ].join('\n');

const sum = (some, field) => some.reduce((total, one) => total + (one[field] ?? 0), 0);

const shown = ({ size: _, ...volume }) => volume;

const volumeOf = (state, name, refuse) =>
  (state.volumes ?? []).find(({ Name }) => Name === name) ??
  refuse(`Error response from daemon: get ${name}: no such volume`);

const slowly = ({ slow = 0 }) => new Promise((resolve) => setTimeout(resolve, slow));
