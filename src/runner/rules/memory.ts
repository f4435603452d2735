import { textIn, valueAt } from '../../config/model.ts';
import { usesDocker } from '../../settings/executors.ts';
import { ramOf } from '../../text/size.ts';
import { editing, type Risk, type Subject, speaking, type WritingRule } from './rule.ts';

/** The least memory that Docker gives a container: 6 MiB. */
const least = 6 * 1024 * 1024;

const prefixes = ['', 'service_'] as const;

/** Memory that Docker refuses: less than 6m, most often because the unit is missing, or swap and reservation beside a limit that they do not fit. */
function* sizes(subject: Subject): Generator<Risk> {
  if (!usesDocker(subject.executor)) return;
  for (const prefix of prefixes) {
    const limit = sizeOf(subject, `${prefix}memory`);
    if (limit !== undefined && limit > 0 && limit < least) yield* tooLittle(subject, `${prefix}memory`);
    else yield* beside(subject, prefix, limit);
  }
}

const sizeOf = ({ runner }: Subject, key: string): number | undefined => ramOf(textIn(runner, 'docker', key));

function* tooLittle(subject: Subject, key: string): Generator<Risk> {
  const words = textIn(subject.runner, 'docker', key);
  const isBare = /^\d+$/.test(words);
  yield {
    ...about(subject, key),
    message: `docker.${key}: "${words}" is ${isBare ? `${words} bytes` : 'less'}, and Docker requires at least 6m`,
    why: 'Every job fails with "Minimum memory limit allowed is 6MB".',
    next: editing(subject, '--set', `docker.${key}=${isBare && Number(words) >= 6 ? `${words}m` : '512m'}`),
  };
}

function* beside(subject: Subject, prefix: string, limit: number | undefined): Generator<Risk> {
  const memory = textIn(subject.runner, 'docker', `${prefix}memory`);
  const swap = sizeOf(subject, `${prefix}memory_swap`);
  if (swap !== undefined && swap > 0 && (limit === undefined || limit === 0)) {
    yield {
      ...about(subject, `${prefix}memory_swap`),
      message: `docker.${prefix}memory_swap requires docker.${prefix}memory`,
      why: 'Docker refuses swap without a memory limit, so every job fails.',
      next: editing(subject, '--unset', `docker.${prefix}memory_swap`),
    };
  } else if (swap !== undefined && swap > 0 && swap < limit!) {
    yield {
      ...about(subject, `${prefix}memory_swap`),
      message: `docker.${prefix}memory_swap (memory plus swap) is below docker.${prefix}memory (${memory})`,
      why: 'Docker refuses this, so every job fails. Equal sizes mean no swap.',
      next: editing(subject, '--set', `docker.${prefix}memory_swap=${memory}`),
    };
  }
  const reserved = sizeOf(subject, `${prefix}memory_reservation`);
  if (reserved === undefined || limit === undefined || limit === 0 || reserved <= limit) return;
  yield {
    ...about(subject, `${prefix}memory_reservation`),
    message: `docker.${prefix}memory_reservation exceeds docker.${prefix}memory (${memory})`,
    why: 'Docker refuses this, so every job fails.',
    next: editing(subject, '--set', `docker.${prefix}memory_reservation=${memory}`),
  };
}

const about = ({ at }: Subject, key: string) =>
  ({ severity: 'error', rule: 'memory', at, path: ['docker', key] }) as const;

/** Shared memory counts in bytes, and somebody may mean megabytes. */
function* shared(subject: Subject): Generator<Risk> {
  const value = valueAt(subject.runner, ['docker', 'shm_size']);
  const bytes = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
  if (!usesDocker(subject.executor) || bytes === 0 || bytes >= 1024 * 1024) return;
  const meant = bytes > 0 ? bytes * (bytes < 16_384 ? 1024 * 1024 : 1024) : 0;
  yield {
    severity: bytes < 0 ? 'error' : 'warning',
    rule: 'shm-size',
    at: subject.at,
    path: ['docker', 'shm_size'],
    message: `docker.shm_size = ${bytes} is in bytes, which is too small`,
    why: '64 MiB is 67108864; 0 means the default of Docker.',
    next: editing(subject, '--set', `docker.shm_size=${meant}`),
  };
}

const keys = prefixes.flatMap((prefix) =>
  ['memory', 'memory_swap', 'memory_reservation'].map((key) => `docker.${prefix}${key}`),
);

/** The rules about the memory of containers. */
export const memoryRules: readonly WritingRule[] = [
  { id: 'memory', keys, find: sizes },
  { id: 'shm-size', keys: ['docker.shm_size'], find: shared },
].map(speaking);
