import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Ask, readInventory, readRoot, usageOf } from '../../../src/engine/read-inventory.ts';
import { Trouble } from '../../../src/errors.ts';

const none = { images: new Map(), volumes: new Map() };

describe('what system df says', () => {
  test("Docker's object: own sizes, volumes, and the build cache without what images share", () => {
    const cache = { CacheType: 'regular', Parent: '', UsageCount: '1', CreatedAt: '2026-01-01' };
    const words = JSON.stringify({
      Images: [
        {
          ID: 'sha256:aaaaaaaaaaaabbbb',
          Repository: 'x',
          UniqueSize: '22.97MB',
          SharedSize: '8MB',
          Size: '31MB',
        },
      ],
      Containers: [],
      Volumes: [
        { Name: 'data', Links: '1', Size: '1.5GB' },
        { Name: 'remote', Links: '0', Size: 'N/A' },
      ],
      BuildCache: [
        { ID: '1', Size: '10MB', InUse: 'false', Shared: 'false', ...cache },
        { ID: '2', Size: '20MB', InUse: 'true', Shared: 'false', ...cache },
        { ID: '3', Size: '40MB', InUse: 'false', Shared: 'true', ...cache },
      ],
    });
    expect(usageOf(words)).toEqual({
      images: new Map([['aaaaaaaaaaaa', 22_970_000]]),
      volumes: new Map([['data', 1_500_000_000]]),
      buildCache: { count: 3, size: 30_000_000, unused: 10_000_000 },
    });
  });

  test("Podman's tables", () => {
    const words = `Images space usage:

REPOSITORY                      TAG         IMAGE ID      CREATED        SIZE        SHARED SIZE  UNIQUE SIZE  CONTAINERS
docker.io/library/ruby          3.3         fdf5e3543fa1  3 seconds      22.97MB     0B           22.97MB      0
<none>                          <none>      d3601abc6a43  About an hour  33.46MB     8.1MB        25.36MB      2

Containers space usage:

CONTAINER ID  IMAGE         COMMAND     LOCAL VOLUMES  SIZE        CREATED     STATUS      NAMES
1c9c8fa87ab6  d3601abc6a43  /bin/true   0              14B         1 second    exited      job2

Local Volumes space usage:

VOLUME NAME           LINKS       SIZE
data                  0           5.2kB
runner-abc-cache-xyz  0           0B

`;
    expect(usageOf(words)).toEqual({
      images: new Map([
        ['fdf5e3543fa1', 22_970_000],
        ['d3601abc6a43', 25_360_000],
      ]),
      volumes: new Map([
        ['data', 5200],
        ['runner-abc-cache-xyz', 0],
      ]),
      buildCache: { count: 0, size: 0, unused: 0 },
    });
  });

  test('nothing at all', () => {
    const buildCache = { count: 0, size: 0, unused: 0 };
    expect(usageOf('')).toEqual({ ...none, buildCache });
    expect(usageOf('{"Images":null,"Containers":null,"Volumes":null,"BuildCache":null}')).toEqual({
      ...none,
      buildCache,
    });
  });
});

const gone = (id: string) => new Trouble('Docker refused.', { why: `Error: No such container: ${id}` });

test('what is gone between the list and the look is left out', async () => {
  const shown = { Id: 'b', Name: '/b', Image: 'i', State: { Status: 'exited' }, Config: {} };
  const ask: Ask = async (words) => {
    const line = words.join(' ');
    if (line.startsWith('container ls')) return 'a\nb\n';
    if (line === 'container inspect --size -- b') return JSON.stringify([shown]);
    if (line.startsWith('container inspect')) throw gone('a');
    return '';
  };
  const { containers } = await readInventory(ask, 'podman', { path: '/nowhere', driver: 'overlay' });
  expect(containers).toMatchObject([{ id: 'b', name: 'b', isStopped: true, isRunners: false }]);
});

test('Podman gives what was built here a digest, too; its manifest and its name tell', async () => {
  const path = mkdtempSync(join(tmpdir(), 'inventory-'));
  try {
    const layer = 'application/vnd.oci.image.layer.v1.tar';
    const images = [
      { id: 'pulled', tag: 'docker.io/library/ruby:3.3', layers: [{ mediaType: `${layer}+gzip` }] },
      { id: 'built', tag: 'registry.example.com/app:1', layers: [{ mediaType: layer }] },
      { id: 'named', tag: 'localhost/app:1', layers: [{ mediaType: `${layer}+gzip` }] },
    ];
    for (const { id, layers } of images) {
      mkdirSync(join(path, 'overlay-images', id), { recursive: true });
      writeFileSync(join(path, 'overlay-images', id, 'manifest'), JSON.stringify({ layers }));
    }
    const ask: Ask = async (words) => {
      if (words[1] === 'ls') return words[0] === 'image' ? images.map(({ id }) => id).join('\n') : '';
      if (words[1] !== 'inspect') return '';
      return JSON.stringify(
        images.map(({ id, tag }) => ({ Id: id, RepoTags: [tag], RepoDigests: [`${tag}@sha256:1`] })),
      );
    };
    const { images: found } = await readInventory(ask, 'podman', { path, driver: 'overlay' });
    expect(found.map(({ isLocal }) => isLocal)).toEqual([false, true, true]);
  } finally {
    rmSync(path, { recursive: true });
  }
});

test('an engine that is away is no empty one', async () => {
  const ask: Ask = async (words) => {
    if (words[1] === 'ls') return 'a\n';
    throw new Trouble('Docker is not running.', { why: 'Cannot connect to the Docker daemon' });
  };
  await expect(readInventory(ask, 'docker', { path: '', driver: '' })).rejects.toThrow(
    'Docker is not running.',
  );
});

test('where an engine keeps its things', async () => {
  const docker = '{"DockerRootDir":"/var/lib/docker","Driver":"overlay2"}';
  const podman =
    '{"host":{},"store":{"graphRoot":"/var/lib/containers/storage","graphDriverName":"overlay"}}';
  expect(await readRoot(async () => docker)).toEqual({ path: '/var/lib/docker', driver: 'overlay2' });
  expect(await readRoot(async () => podman)).toEqual({
    path: '/var/lib/containers/storage',
    driver: 'overlay',
  });
});
