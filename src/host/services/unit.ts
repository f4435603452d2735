import type { Command } from '../packages/package-manager.ts';

/** The commands by which systemd handles the service of the package. */
export const unitCommands = {
  enable: ['systemctl', 'enable', '--now', 'gitlab-runner'],
  enableOnly: ['systemctl', 'enable', 'gitlab-runner'],
  disable: ['systemctl', 'disable', 'gitlab-runner'],
  start: ['systemctl', 'start', 'gitlab-runner'],
  stop: ['systemctl', 'stop', 'gitlab-runner'],
  check: ['systemctl', 'is-active', '--quiet', 'gitlab-runner'],
  // Only gitlab-runner itself: jobs of the shell executor are processes of the service, too, and would die of it.
  quit: ['systemctl', 'kill', '--kill-who=main', '--signal=SIGQUIT', 'gitlab-runner'],
  pid: ['systemctl', 'show', '--property=MainPID', '--value', 'gitlab-runner'],
  show: [
    'systemctl',
    'show',
    '--property=LoadState,ActiveState,MainPID,Restart,UnitFileState',
    'gitlab-runner',
  ],
} as const satisfies Record<string, Command>;

/** The service of the package as systemd sees it. */
export interface UnitState {
  /** The process of gitlab-runner; nothing while it does not run. */
  readonly pid: number | undefined;
  /** Whether there is such a unit. */
  readonly isThere: boolean;
  /** Whether it runs, or is meant to: one that has failed, or waits to be started again, does not run. */
  readonly isWanted: boolean;
  /** Whether it starts with the machine. */
  readonly isEnabled: boolean;
  /** Whether systemd starts it again when it has ended by itself. */
  readonly comesBack: boolean;
}

/** Reads what `unitCommands.show` prints. */
export function unitStateIn(printed: string): UnitState {
  const pid = Number(/^MainPID=(\d+)$/m.exec(printed)?.[1] ?? 0);
  return {
    pid: pid === 0 ? undefined : pid,
    isWanted: pid !== 0 || /^ActiveState=(active|activating|reloading|failed)$/m.test(printed),
    isThere: /^LoadState=loaded$/m.test(printed),
    isEnabled: /^UnitFileState=enabled$/m.test(printed),
    comesBack: /^Restart=(always|on-success)$/m.test(printed),
  };
}
