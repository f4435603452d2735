import { existsSync } from 'node:fs';
import { runnersByPs } from '../services/ps.ts';
import { linux } from './linux.ts';
import { machineIdBy, machineIdFrom } from './machine-id.ts';
import type { Platform, ServiceWords } from './platform.ts';
import { ownServiceWords, unix } from './unix.ts';

// The script of rc.d, of the port or of GitLab's documentation, which alone has a log of its own.
function words(sudo: string): ServiceWords {
  const own = '/var/log/gitlab_runner.log';
  const log = `${sudo}tail -n 50 ${existsSync(own) ? own : '/var/log/messages'}`;
  if (!existsSync('/usr/local/etc/rc.d/gitlab_runner')) return ownServiceWords(sudo, log);
  const line = (verb: string) => `${sudo}service gitlab_runner ${verb}`;
  return { start: line('start'), stop: line('stop'), restart: line('restart'), status: line('status'), log };
}

/** The BSDs, and whatever other Unix Node runs on. */
export const bsd: Platform = {
  ...unix,
  hasOwnContainers: false,
  containerFolder: linux.containerFolder,
  machineId: () => machineIdFrom(['/etc/hostid']) ?? machineIdBy('/bin/kenv', ['-q', 'smbios.system.uuid']),
  runningRunners: runnersByPs,
  containedRunners: () => [],
  runnerServices: async ({ uid, home }) =>
    (await import('../services/rc-script.ts')).rcServices({ root: '/', uid, home }),
  binary: async () => undefined,
  service: ({ uid }) => words(uid === 0 ? '' : 'sudo '),
  usualService: () => words('sudo '),
};
