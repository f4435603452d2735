import { existsSync } from 'node:fs';
import type { World } from '../../world.ts';
import { containedRunners, runningRunners } from '../running-runners.ts';
import { machineIdFrom } from './machine-id.ts';
import type { Platform, ServiceWords, Who } from './platform.ts';
import { ownServiceWords, unix } from './unix.ts';

export const linux: Platform = {
  ...unix,
  hasOwnContainers: true,
  containerFolder,
  machineId: () => machineIdFrom(['/var/lib/dbus/machine-id', '/etc/machine-id']),
  runningRunners: () => runningRunners(),
  containedRunners: (path) => containedRunners(path),
  runnerServices: async ({ uid, home }) =>
    (await import('../services/linux.ts')).linuxServices({ root: '/', uid, home }),
  // Loaded where it is used: few commands install anything.
  binary: async () => (await import('./binaries/linux.ts')).linuxBinary,
  service,
  usualService: () => ownServiceWords('sudo ', 'journalctl -u gitlab-runner'),
};

// As GitLab's documentation has it; others than root may not write to /srv.
function containerFolder({ uid, home }: Pick<Who, 'uid' | 'home'>): string {
  return uid === 0 || home === '' ? '/srv/gitlab-runner/config' : `${home}/gitlab-runner/config`;
}

function service({ uid }: Pick<World, 'uid'>): ServiceWords {
  const sudo = uid === 0 ? '' : 'sudo ';
  if (!existsSync('/run/systemd/system')) return withoutSystemd(sudo);
  const line = (verb: string) => `${sudo}systemctl ${verb} gitlab-runner`;
  return {
    start: line('start'),
    stop: line('stop'),
    restart: line('restart'),
    status: 'systemctl status gitlab-runner',
    log: `${sudo}journalctl -u gitlab-runner -n 50`,
  };
}

// Without systemd the service writes to the log of the system. On a machine with OpenRC it may be of Alpine's package.
function withoutSystemd(sudo: string): ServiceWords {
  const log = `${sudo}tail -n 50 /var/log/messages`;
  if (!existsSync('/run/openrc')) return ownServiceWords(sudo, log);
  const line = (verb: string) => `${sudo}rc-service gitlab-runner ${verb}`;
  return { start: line('start'), stop: line('stop'), restart: line('restart'), status: line('status'), log };
}
