import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Registry } from './stand-in.ts';

/** Whether Debian's docker-registry and htpasswd are on this machine. */
export const hasDebian = (): boolean =>
  ['docker-registry', 'htpasswd'].every(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0,
  );

/** Starts the real registry of Debian's package docker-registry on loopback, with one user by htpasswd. */
export async function startDebian(user: string, password: string): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  const port = await freePort();
  const made = spawnSync('htpasswd', ['-niB', user], { input: password, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`htpasswd: ${made.stderr}`);
  writeFileSync(join(folder, 'htpasswd'), made.stdout);
  writeFileSync(join(folder, 'config.yml'), configOf(folder, port));
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const host = `127.0.0.1:${port}`;
  await answering(`http://${host}/v2/`, child);
  return {
    host,
    url: `http://${host}`,
    requests: [],
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const configOf = (folder: string, port: number): string => `version: 0.1
log:
  level: error
storage:
  filesystem:
    rootdirectory: ${folder}/data
http:
  addr: 127.0.0.1:${port}
auth:
  htpasswd:
    realm: a real registry
    path: ${folder}/htpasswd
`;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 401) return;
    await wait(50);
  }
  throw new Error('docker-registry does not answer');
}
