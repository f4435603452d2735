import { expect, test } from 'vitest';
import { uncarried } from '../../../src/engine/differences.ts';
import { readContainer } from '../../../src/engine/read-container.ts';
import { runWords } from '../../../src/engine/run-args.ts';

const wordsOf = (container: object): string =>
  runWords(readContainer({ Name: '/r', ...container } as never, undefined).settings)
    .words.join(' ')
    .replace('run -d --name r ', '')
    .trim();

const docker = (host: object, more: object = {}) => ({ HostConfig: { Runtime: 'runc', ...host }, ...more });
const podman = (words: string, host: object = {}) => ({
  HostConfig: { Runtime: 'oci', ...host },
  Config: { CreateCommand: ['podman', 'run', ...words.split(' '), 'image'] },
});
const volume = { Type: 'volume', Name: 'vv', Destination: '/y', Mode: 'z', RW: true };
const bind = { Type: 'bind', Source: '/s', Destination: '/x', Mode: '', RW: true };

test.each([
  ['--security-opt systempaths=unconfined', docker({ MaskedPaths: [], ReadonlyPaths: [] })],
  [
    '--security-opt seccomp=PROFILE.json',
    docker({ SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }),
  ],
  ['--volume vv:/y', docker({ Binds: ['vv:/y'] }, { Mounts: [volume] })],
  [
    '--volume vv:/y:nocopy',
    docker({ Mounts: [{ Target: '/y', VolumeOptions: { NoCopy: true } }] }, { Mounts: [volume] }),
  ],
  [
    '--mount type=bind,source=/s,target=/x,bind-nonrecursive',
    docker({ Mounts: [{ Target: '/x', BindOptions: { NonRecursive: true } }] }, { Mounts: [bind] }),
  ],
  ['--expose 9001/tcp', docker({ PortBindings: { '9001/tcp': null } })],
  ['--systemd always', podman('--systemd=always')],
  ['--sdnotify ignore', podman('--sdnotify ignore')],
  ['--timeout 1000', podman('--timeout 1000')],
  ['--read-only-tmpfs=false', podman('--read-only-tmpfs=false')],
  ['--shm-size 0', podman('--shm-size 0', { ShmSize: 0 })],
  ['--ip 10.7.0.8', podman('--network pn:ip=10.7.0.8')],
  ['', podman('--passwd=false')],
])('%s is said again', (words, container) => {
  expect(wordsOf(container)).toBe(words);
  expect(uncarried(container as never)).toEqual([]);
});
