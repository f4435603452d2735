import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version } from '../../../../package.json';
import type { Clock, Rhythm, Task } from '../../../host/schedule.ts';
import type { Reading } from '../../../terminal/options.ts';
import type { Say } from '../../../terminal/say.ts';
import type { World } from '../../../world.ts';
import { wordOf } from '../context.ts';
import type { CleanupRequest } from './request.ts';

/** What is to be run, how often and by whom. */
interface TaskInput {
  readonly rhythm: Rhythm;
  readonly reading: Reading;
  readonly clock: Clock;
  readonly invocation: CleanupRequest;
}

/** What a timer runs: this program by its absolute path, with what was given, and the variables that lead to the engine. */
export function taskOf({ rhythm, reading, clock, invocation }: TaskInput, world: World, say: Say): Task {
  const engine = wordOf(reading.verbFlags, 'engine');
  const { command, path } = programOf(world, say);
  return {
    rhythm,
    command: [
      ...command,
      'container',
      'cleanup',
      ...(engine === undefined ? [] : ['--engine', engine]),
      ...invocation.words,
      '--yes',
      '--non-interactive',
      // Cron sends a mail for every word; systemd keeps them in its journal.
      ...(clock.kind === 'systemd' ? [] : ['--quiet']),
    ],
    env: { ...path, ...engineVariables(world.env) },
  };
}

// What npx fetched may be gone tomorrow: then it is fetched again, in the same version.
function programOf(
  { program: [node, script] }: World,
  say: Say,
): Pick<Task, 'command'> & { path?: { PATH: string } } {
  if (!/[\\/]_npx[\\/]/.test(script)) return { command: [node, script] };
  const folder = dirname(node);
  const npx = join(folder, 'npx');
  say.note(
    'runner-setup was started by npx, so scheduled runs may download it again. To avoid this, run ' +
      'npm install --global runner-setup, then this command again.',
  );
  const command = [...(existsSync(npx) ? [node, npx] : ['npx']), '--yes', `runner-setup@${version}`];
  // npx starts the program by the word node alone.
  return {
    command,
    path: { PATH: `${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
  };
}

function engineVariables(env: World['env']): Record<string, string> {
  const names = [
    'DOCKER_HOST',
    'DOCKER_CONTEXT',
    'DOCKER_CONFIG',
    'DOCKER_CERT_PATH',
    'DOCKER_TLS_VERIFY',
    'CONTAINER_HOST',
    'CONTAINERS_CONF',
    'CONTAINERS_STORAGE_CONF',
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
