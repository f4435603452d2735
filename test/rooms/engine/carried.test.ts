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
    '--mount type=volume,source=vv,target=/y,volume-nocopy',
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
  ['--kernel-memory 8388608', docker({ KernelMemory: 8388608 })],
  ['--annotation a=b c', docker({ Annotations: { a: 'b c' } })],
  ['--health-start-interval 2s', docker({}, { Config: { Healthcheck: { StartInterval: 2e9 } } })],
  ['--isolation default', docker({ Isolation: 'default' })],
  ['--volume-driver local', docker({ VolumeDriver: 'local' })],
  ['--blkio-weight-device /dev/sda:300', docker({ BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 300 }] })],
  ['--health-interval 30s', docker({}, { Config: { Healthcheck: { Interval: 30e9 } } })],
  ['--pids-limit 2048 --shm-size 65536000', docker({ PidsLimit: 2048, ShmSize: 65536000 })],
  [
    '--network name=n,alias=a,driver-opt=k=v',
    docker(
      { NetworkMode: 'n' },
      { NetworkSettings: { Networks: { n: { Aliases: ['a'], DriverOpts: { k: 'v' } } } } },
    ),
  ],
  [
    '--network n --link-local-ip 169.254.7.1',
    docker(
      { NetworkMode: 'n' },
      { NetworkSettings: { Networks: { n: { IPAMConfig: { LinkLocalIPs: ['169.254.7.1'] } } } } },
    ),
  ],
  [
    '--mount type=volume,source=vv,target=/y,volume-driver=local,volume-label=a=b,"volume-opt=o=size=1m,uid=1"',
    docker(
      {
        Mounts: [
          {
            Type: 'volume',
            Source: 'vv',
            Target: '/y',
            VolumeOptions: {
              Labels: { a: 'b' },
              DriverConfig: { Name: 'local', Options: { o: 'size=1m,uid=1' } },
            },
          },
        ],
      },
      { Mounts: [volume] },
    ),
  ],
  ['--volumes-from other:ro', docker({ VolumesFrom: ['other:ro'] }, { Mounts: [bind] })],
  [
    '--mount type=tmpfs,target=/t,tmpfs-size=5,tmpfs-mode=1770',
    docker({ Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 5, Mode: 0o1770 } }] }),
  ],
  ['--mount type=devpts,target=/mnt/pts', podman('--mount type=devpts,target=/mnt/pts')],
  ['--image-volume ignore', podman('--image-volume ignore')],
  ['--pidfile /run/x.pid', podman('--pidfile /run/x.pid')],
  ['--log-opt tag=x', podman('--log-opt tag=x', { LogConfig: { Type: 'k8s-file', Tag: 'x' } })],
  ['--cap-add ALL --cap-drop KILL', podman('--cap-add ALL --cap-drop KILL', { CapAdd: [], CapDrop: [] })],
  ['--memory 5 --memory-swap -1', podman('--memory 5 --memory-swap -1', { Memory: 5, MemorySwap: 0 })],
  [
    '--network n --link db:d',
    docker({ NetworkMode: 'n' }, { NetworkSettings: { Networks: { n: { Links: ['db:d'] } } } }),
  ],
  ['--cap-add KILL', podman('--cap-add KILL', { CapAdd: [] })],
])('%s is said again', (words, container) => {
  expect(wordsOf(container)).toBe(words);
  expect(uncarried(container as never)).toEqual([]);
});
