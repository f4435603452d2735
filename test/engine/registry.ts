import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What an image is made of: files by path (with a mode), and the config that `image inspect` shows. */
export interface Recipe {
  readonly tag: string;
  readonly files: readonly { path: string; bytes: Buffer; mode: number; link?: string }[];
  readonly config: object;
}

/** A registry on loopback that pulls work from, without encryption; pushes are refused. */
export interface Registry {
  /** HOST:PORT. */
  readonly address: string;
  /** Puts an image under `NAME:TAG`, also in place of another. */
  put(name: string, recipe: Recipe): void;
  close(): Promise<void>;
}

/** Starts a registry (the pull half of the OCI distribution API) with nothing in it. */
export async function startRegistry(): Promise<Registry> {
  const blobs = new Map<string, { bytes: Buffer; type: string }>();
  const manifests = new Map<string, string>();
  const keep = (bytes: Buffer, type: string): string => {
    const digest = digestOf(bytes);
    blobs.set(digest, { bytes, type });
    return digest;
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const [, name, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    if (path === '/v2/' || path === '/v2') return response.writeHead(200, version).end('{}');
    const digest = kind === 'manifests' ? (manifests.get(`${name}:${reference}`) ?? reference) : reference;
    const blob = digest === undefined ? undefined : blobs.get(digest);
    if (blob === undefined || !/^(GET|HEAD)$/.test(request.method ?? '')) {
      const errors = [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }];
      return response.writeHead(404, { ...version, 'content-type': json }).end(JSON.stringify({ errors }));
    }
    const headers = { 'content-type': blob.type, 'content-length': blob.bytes.length };
    response.writeHead(200, { ...version, ...headers, 'docker-content-digest': digest });
    return response.end(request.method === 'HEAD' ? undefined : blob.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    put(name, recipe) {
      manifests.set(`${name}:${recipe.tag}`, keep(manifestOf(recipe, keep), manifestType));
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const json = 'application/json';
const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const version = { 'docker-distribution-api-version': 'registry/2.0' };

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function manifestOf({ files, config }: Recipe, keep: (bytes: Buffer, type: string) => string): Buffer {
  const tar = tarOf(files);
  const layer = gzipSync(tar);
  const whole = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: '2026-05-01T10:00:00Z',
      config,
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      history: [{ created: '2026-05-01T10:00:00Z', created_by: 'by hand' }],
    }),
  );
  const layerType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  const configType = 'application/vnd.docker.container.image.v1+json';
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: configType, size: whole.length, digest: keep(whole, configType) },
      layers: [{ mediaType: layerType, size: layer.length, digest: keep(layer, layerType) }],
    }),
  );
}

function tarOf(files: Recipe['files']): Buffer {
  const folders = [...new Set(files.flatMap(({ path }) => parentsOf(path)))].sort();
  const entries = [
    ...folders.map((path) => ({
      path: `${path}/`,
      bytes: Buffer.alloc(0),
      mode: path === 'tmp' ? 0o1777 : 0o755,
    })),
    ...files,
  ];
  return Buffer.concat([...entries.flatMap(tarEntry), Buffer.alloc(1024)]);
}

const parentsOf = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, at, parts) => parts.slice(0, at + 1).join('/'));

// One header of the ustar format, and the bytes filled up to whole blocks.
function tarEntry({ path, bytes, mode, link }: Recipe['files'][number]): Buffer[] {
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  const type = link === undefined ? (path.endsWith('/') ? '5' : '0') : '2';
  header.write(path, 0);
  header.write(octal(mode, 8) + octal(0, 8) + octal(0, 8) + octal(bytes.length, 12) + octal(0, 12), 100);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link ?? '', 157);
  header.write('ustar\x0000', 257);
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  );
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}
