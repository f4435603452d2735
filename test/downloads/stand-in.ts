import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../gitlab/certificates.ts';
import { makeKeys } from './keys.ts';

/** What GitLab's bucket of downloads has, a release by folder; serialisable, so that a case can keep it in a file. */
export interface BucketSetup {
  releases: Record<string, Release>;
  /** The name of the binary; that of this machine unless told. */
  binary?: string;
  https?: boolean;
}

interface Release {
  /** The version that the program says it has. */
  version: string;
  /** What signed the list of checksums: the key of the stand-in unless told, or another one. */
  signedBy?: 'other' | 'nobody';
  /** Something else stands in the list than what was signed. */
  changed?: boolean;
  /** The list has another SHA-256 for the program, or none. */
  checksum?: 'wrong' | 'none';
  /** The connection ends in the middle of the program. */
  truncated?: boolean;
  /** The program is in another place. */
  redirect?: boolean;
  /** The program fails at this word. */
  failsAt?: string;
}

/** A running bucket: its address, the fingerprint of its key, what it was asked. */
export interface Bucket {
  host: string;
  url: string;
  fingerprint: string;
  /** The name of its binary for this machine. */
  binary: string;
  requests: string[];
  ca?: string;
  close(): Promise<void>;
}

const processor =
  ({ x64: 'amd64', ia32: '386', ppc64: 'ppc64le' } as Record<string, string>)[process.arch] ?? process.arch;

/** Starts a bucket on loopback with the layout of GitLab's; its key is made by gpg for this run. */
export async function startBucket(setup: BucketSetup): Promise<Bucket> {
  const keys = makeKeys();
  const name = setup.binary ?? `gitlab-runner-linux-${processor}`;
  const files = new Map<string, File>();
  for (const [folder, release] of Object.entries(setup.releases))
    lay(files, `/${folder}`, name, { release, keys });
  files.set('/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg', { content: keys.publicKey });
  const certificates = setup.https && (await makeCertificates());
  const server = certificates
    ? createTlsServer({ cert: certificates.chain, key: certificates.key })
    : createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const requests: string[] = [];
  server.on('request', ({ url = '' }, response: ServerResponse) => {
    requests.push(url);
    tell(response, files.get(url));
  });
  return {
    host,
    url: `${certificates ? 'https' : 'http'}://${host}`,
    fingerprint: keys.fingerprint,
    binary: name,
    requests,
    ...(certificates && { ca: certificates.ca }),
    close: () =>
      new Promise((resolve) => {
        keys.remove();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface File {
  content: Buffer;
  truncated?: boolean;
  redirect?: string;
}

function lay(
  files: Map<string, File>,
  folder: string,
  name: string,
  { release, keys }: { release: Release; keys: ReturnType<typeof makeKeys> },
): void {
  const content = Buffer.from(program(release));
  const hash = createHash('sha256').update(content).digest('hex');
  const sum = release.checksum === 'wrong' ? '0'.repeat(64) : hash;
  const others = ['binaries/gitlab-runner-plan9-mips', `deb/gitlab-runner_${processor}.deb`];
  const named = release.checksum === 'none' ? others : [...others, `binaries/${name}`];
  const list = named.map((path) => `${path.endsWith(name) ? sum : '1'.repeat(64)}  ${path}\n`).join('');
  const at = (path: string) => `${folder}/${path}`;
  files.set(at('release.sha256'), {
    content: Buffer.from(release.changed ? list.replace('deb/', 'rpm/') : list),
  });
  if (release.signedBy !== 'nobody')
    files.set(at('release.sha256.asc'), { content: keys.sign(list, release.signedBy === 'other') });
  const elsewhere = `/elsewhere${folder}/${name}`;
  files.set(at(`binaries/${name}`), {
    content,
    ...(release.redirect && { redirect: elsewhere }),
    ...(release.truncated && { truncated: true }),
  });
  if (release.redirect) files.set(elsewhere, { content });
}

// S3 answers 403 for what is not there.
function tell(response: ServerResponse, file: File | undefined): void {
  if (file === undefined) {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end('<Error><Code>AccessDenied</Code></Error>');
  } else if (file.redirect !== undefined) {
    response.writeHead(302, { location: file.redirect }).end();
  } else {
    response.writeHead(200, { 'content-length': file.content.length });
    if (!file.truncated) return void response.end(file.content);
    response.write(file.content.subarray(0, file.content.length / 2));
    setTimeout(() => response.destroy(), 50);
  }
}

// Stands in for gitlab-runner: says its version, and leaves files where the service of a system would be.
const program = ({ version, failsAt = 'nothing' }: Release) => `#!/bin/sh
[ "$1" != ${failsAt} ] || { echo "FATAL: Failed to $1 gitlab-runner" >&2; exit 1; }
case "$1" in
  --version) echo "Version:      ${version}" ;;
  install) echo "gitlab-runner $*" > "$ROOT/service" ;;
  start) : > "$ROOT/running" ;;
  stop) /bin/rm "$ROOT/running" ;;
  uninstall) /bin/rm "$ROOT/service" ;;
  status) [ -e "$ROOT/running" ] ;;
esac
`;
