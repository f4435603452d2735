import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Recipe } from './registry.ts';

// What stands in for gitlab-runner in a real container: it says its version, and runs until it is told to stop.
const living = (version: string, patience: number) => `#!/bin/sh
case "$1" in
  --version) echo "Version:      ${version}" ;;
  *)
    echo "Starting multi-runner from /etc/gitlab-runner/config.toml..." >&2
    echo "Configuration loaded" >&2
    trap 'echo "Graceful shutdown" >&2; sleep ${patience}; exit 0' QUIT
    trap 'exit 0' TERM INT
    while :; do sleep 0.1; done ;;
esac
`;

const dying = `#!/bin/sh
echo "FATAL: Service run failed: this version does not start" >&2
exit 1
`;

const versions: [tag: string, program: string, dies: boolean, patience: number][] = [
  ['v19.3.0', living('19.3.0', 0), false, 0],
  ['v19.4.0', living('19.4.0', 0), false, 0],
  ['v19.5.0', dying, true, 0],
  ['v19.6.0', living('19.6.0', 3), false, 3],
];

const config = {
  Entrypoint: ['/bin/gitlab-runner'],
  Cmd: ['run', '--user=gitlab-runner', '--working-directory=/home/gitlab-runner'],
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  Volumes: { '/etc/gitlab-runner': {}, '/home/gitlab-runner': {} },
  StopSignal: 'SIGQUIT',
};

/** The images for a real engine: a shell that needs no libraries, and a program in the place of gitlab-runner. */
export function imagesOf(): Recipe[] {
  const busybox = readFileSync(staticShell()!);
  const links = ['sh', 'sleep', 'cat', 'ls', 'kill', 'true'].map((name) => ({
    path: `bin/${name}`,
    bytes: Buffer.alloc(0),
    mode: 0o777,
    link: 'busybox',
  }));
  return versions.map(([tag, program]) => ({
    tag,
    config: { ...config, Labels: { 'org.opencontainers.image.version': tag.slice(1) } },
    files: [
      { path: 'bin/busybox', bytes: busybox, mode: 0o755 },
      { path: 'bin/gitlab-runner', bytes: Buffer.from(program), mode: 0o755 },
      { path: 'etc/passwd', bytes: Buffer.from('root:x:0:0::/:/bin/sh\n'), mode: 0o644 },
      { path: 'tmp/.keep', bytes: Buffer.alloc(0), mode: 0o644 },
      ...links,
    ],
  }));
}

/** An image for jobs, and in the place of the helper image: the shell with some tools, and nothing that it starts by itself. */
export function shellImage(): Recipe {
  const tools = ['sh', 'cat', 'echo', 'env', 'grep', 'mkdir', 'ls', 'test', 'touch', 'true'];
  return {
    tag: '1',
    config: { Cmd: ['sh'], Env: config.Env },
    files: [
      { path: 'bin/busybox', bytes: readFileSync(staticShell()!), mode: 0o755 },
      ...tools.map((name) => ({
        path: `bin/${name}`,
        bytes: Buffer.alloc(0),
        mode: 0o777,
        link: 'busybox',
      })),
      { path: 'etc/passwd', bytes: Buffer.from('root:x:0:0::/:/bin/sh\n'), mode: 0o644 },
      { path: 'tmp/.keep', bytes: Buffer.alloc(0), mode: 0o644 },
    ],
  };
}

/** The same for the stand-in's registry. */
export const standInImages = (registry: string): object[] =>
  versions.map(([tag, , dies, patience]) => ({
    tags: [`${registry}/gitlab/gitlab-runner:${tag}`],
    version: tag.slice(1),
    starts: dies
      ? []
      : ['Starting multi-runner from /etc/gitlab-runner/config.toml...', 'Configuration loaded'],
    ...(dies && { dies: { code: 1, log: 'FATAL: Service run failed: this version does not start' } }),
    drain: patience,
    config,
  }));

/** A shell of this machine that runs without libraries, as a container without any needs it. */
export function staticShell(): string | undefined {
  for (const file of [
    '/bin/busybox',
    '/usr/bin/busybox',
    '/bin/busybox.static',
    '/usr/lib/busybox/busybox',
  ]) {
    try {
      // A program that names an interpreter (`ld-linux…`) needs libraries.
      const head = readFileSync(file).subarray(0, 4096).toString('latin1');
      if (head.includes('ELF') && !/\/ld-[\w.-]+so/.test(head) && execFileSync(file, ['true']) !== undefined)
        return file;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
