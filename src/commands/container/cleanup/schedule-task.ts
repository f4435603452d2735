import { wordOf } from '../../../app/invocation.ts';
import type { ScheduledWork } from '../../../app/schedule.ts';
import { hasLimit } from '../../../engine/disk-usage.ts';
import type { Job } from '../../../host/schedule.ts';
import type { Reading } from '../../../terminal/options.ts';
import type { World } from '../../../world.ts';
import type { CleanupRequest } from './request.ts';

/** The cleanup as the system knows it. */
export const cleanupJob: Job = {
  name: 'runner-setup-cleanup',
  words: 'container cleanup',
  noun: 'cleanup',
  description: 'Remove leftovers of gitlab-runner jobs from Docker or Podman',
  purpose: 'Clean up after gitlab-runner',
};

/** What a timer runs: the cleanup with what was given, and the variables that lead to the engine. */
export const scheduledCleanup = (
  { verbFlags }: Reading,
  { env }: World,
  request: CleanupRequest,
): ScheduledWork => ({
  job: cleanupJob,
  work(say) {
    if (!hasLimit(request.limits))
      say.note(
        'without limits, each run removes everything that it can. To clean up only when space is low: --low-free-space 10G',
      );
    const engine = wordOf(verbFlags, 'engine');
    const words = [...(engine === undefined ? [] : ['--engine', engine]), ...request.words];
    return { words, env: engineVariables(env) };
  },
});

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
