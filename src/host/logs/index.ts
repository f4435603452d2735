import type { World } from '../../world.ts';
import { platformOf } from '../platform/index.ts';
import type { RunnerService } from '../services/service.ts';
import { logFile } from './file.ts';
import { journalOf } from './journal.ts';
import type { NoLog, RunnerLog } from './runner-log.ts';

/** Finds the log of the gitlab-runner that a service starts, by what starts it; or says why there is none to read. */
export function logOfService(
  service: RunnerService,
  world: Pick<World, 'env' | 'platform' | 'uid'>,
): RunnerLog | NoLog {
  const { manager, name, log } = service;
  if (manager === 'systemd' || manager === 'Quadlet') return journalOf(service, world);
  if (log !== undefined) return logFile(log);
  const why =
    manager === 'Windows'
      ? `The service ${name} logs to the Windows Event Log, which this command does not read.`
      : `The service ${name} does not say where its log is.`;
  return { why, command: platformOf(world).usualService(world.env).log };
}
