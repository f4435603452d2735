import type { ServicePlace } from './files.ts';
import { initServices } from './init-script.ts';
import { quadletServices } from './quadlet.ts';
import type { RunnerService } from './service.ts';
import { systemdServices } from './systemd.ts';

/**
 * The services of a Linux machine that start gitlab-runner, by their files; no program is asked. A script of /etc/init.d
 * is left out where a unit of its name takes its place.
 */
export function linuxServices(place: ServicePlace): RunnerService[] {
  const units = systemdServices(place);
  const scripts = initServices(place).filter(
    ({ name }) => !units.some((unit) => unit.name === `${name}.service`),
  );
  return [...units, ...scripts, ...quadletServices(place)];
}
