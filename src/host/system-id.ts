import { createHmac, randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { readRegular } from '../files/plain.ts';
import { platformOf } from './platform/index.ts';

/** The id by which GitLab tells apart the machines that share a runner token. */
export interface SystemId {
  readonly id: string;
  readonly file: string;
  /** Whether the file has it already. */
  readonly isKept: boolean;
}

/**
 * The system id that belongs to a config file, by gitlab-runner's formula (system_id_state.go): what stands in
 * `.runner_system_id` beside it, else `s_` and 12 hex digits from the machine id, else `r_` and 12 random characters.
 * Throws when the file is there and cannot be read.
 */
export function systemIdFor(configFile: string, platform: NodeJS.Platform): SystemId {
  const file = join(dirname(configFile), '.runner_system_id');
  const kept = readIfThere(file)?.trim();
  if (kept !== undefined && /^[sr]_[0-9a-zA-Z]{12}$/.test(kept)) return { id: kept, file, isKept: true };
  const machine = platformOf({ platform }).machineId();
  return { id: machine === undefined ? randomId() : idOf(machine), file, isKept: false };
}

/** The `s_` form of the id for a machine id. */
export const idOf = (machine: string): string =>
  `s_${createHmac('sha256', machine).update('gitlab-runner').digest('hex').slice(0, 12)}`;

function randomId(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return `r_${Array.from({ length: 12 }, () => letters[randomInt(letters.length)]).join('')}`;
}

function readIfThere(file: string): string | undefined {
  try {
    return readRegular(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw new Trouble(`${file} cannot be read.`, {
      why: (error as Error).message,
      hint: `gitlab-runner stores its system ID there. Check the owner and mode of the file, or run the command as its owner.`,
      cause: error,
    });
  }
}
