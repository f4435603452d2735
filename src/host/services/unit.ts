import type { Command } from '../packages/package-manager.ts';

/** The commands by which systemd handles the service of the package. */
export const unitCommands = {
  enable: ['systemctl', 'enable', '--now', 'gitlab-runner'],
  disable: ['systemctl', 'disable', '--now', 'gitlab-runner'],
  start: ['systemctl', 'start', 'gitlab-runner'],
  stop: ['systemctl', 'stop', 'gitlab-runner'],
  check: ['systemctl', 'is-active', '--quiet', 'gitlab-runner'],
  // Only gitlab-runner itself: jobs of the shell executor are processes of the service, too, and would die of it.
  quit: ['systemctl', 'kill', '--kill-who=main', '--signal=SIGQUIT', 'gitlab-runner'],
  show: ['systemctl', 'show', '--property=LoadState,MainPID,Restart', 'gitlab-runner'],
} as const satisfies Record<string, Command>;
