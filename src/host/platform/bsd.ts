import { runnersByPs } from '../services/ps.ts';
import { linux } from './linux.ts';
import { machineIdBy, machineIdFrom } from './machine-id.ts';
import type { Platform } from './platform.ts';
import { ownServiceWords, unix } from './unix.ts';

const log = 'tail -n 50 /var/log/messages';
const usual = ownServiceWords('sudo ', `sudo ${log}`);

/** The BSDs, and whatever other Unix Node runs on. */
export const bsd: Platform = {
  ...unix,
  hasOwnContainers: false,
  containerFolder: linux.containerFolder,
  machineId: () => machineIdFrom(['/etc/hostid']) ?? machineIdBy('/bin/kenv', ['-q', 'smbios.system.uuid']),
  runningRunners: runnersByPs,
  containedRunners: () => [],
  runnerServices: async () => [],
  binary: async () => undefined,
  service: ({ uid }) => (uid === 0 ? ownServiceWords('', log) : usual),
  usualService: () => usual,
};
