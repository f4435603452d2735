import { platformOf } from '../host/platform/index.ts';
import { writeFor } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

/** Has the commands in texts written for the shell of the person, and with sudo only where the system has it. */
export function writeForPerson(world: World): void {
  const { shell, hasSudo } = platformOf(world);
  writeFor({ shell: shell(world.env), hasSudo });
}
