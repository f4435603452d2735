import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const apart = ['--map-root-user', '--mount'];

/** Whether the kernel gives namespaces to this user. */
export const canHoldRoot = (): boolean =>
  spawnSync('unshare', [...apart, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** Starts a process with another root folder, as in a container; gives that folder as this machine reaches it. */
export async function holdRoot(): Promise<{ readonly root: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'other-root-'));
  const steps = 'mount -t tmpfs none "$0" && cd "$0" && mkdir old && pivot_root . old && echo in && read end';
  const container = spawn('unshare', [...apart, 'sh', '-c', steps, folder]);
  await once(container.stdout, 'data');
  return {
    root: `/proc/${container.pid}/root`,
    async close() {
      container.stdin.end();
      await once(container, 'exit');
      rmdirSync(folder);
    },
  };
}
