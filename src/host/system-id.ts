import { createHmac, randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { runAtOnce } from '../child.ts';
import { Trouble } from '../errors.ts';
import { readRegular } from '../files/plain.ts';

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
  const machine = machineId(platform);
  return { id: machine === undefined ? randomId() : idOf(machine), file, isKept: false };
}

/** The `s_` form of the id for a machine id. */
export const idOf = (machine: string): string =>
  `s_${createHmac('sha256', machine).update('gitlab-runner').digest('hex').slice(0, 12)}`;

function machineId(platform: NodeJS.Platform): string | undefined {
  for (const file of files[platform] ?? []) {
    const id = readQuietly(file)?.trim();
    if (id) return id;
  }
  const program = programs[platform];
  return program && machineIdIn(said(program.path, program.words));
}

const files: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/var/lib/dbus/machine-id', '/etc/machine-id'],
  freebsd: ['/etc/hostid'],
  openbsd: ['/etc/hostid'],
  netbsd: ['/etc/hostid'],
};

// Whole paths: what is found by PATH may be anybody's.
const programs: Partial<
  Record<NodeJS.Platform, { readonly path: string; readonly words: readonly string[] }>
> = {
  darwin: { path: '/usr/sbin/ioreg', words: ['-rd1', '-c', 'IOPlatformExpertDevice'] },
  win32: {
    path: 'C:\\Windows\\System32\\reg.exe',
    words: ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid', '/reg:64'],
  },
  freebsd: { path: '/bin/kenv', words: ['-q', 'smbios.system.uuid'] },
};

/**
 * The machine's id in what the system's own program prints, as gitlab-runner takes it: macOS' IOPlatformUUID, the
 * MachineGuid of Windows' registry, or the only word (BSD); nothing when there is none.
 */
export function machineIdIn(printed: string): string | undefined {
  const named = /"IOPlatformUUID" = "([^"]+)"|MachineGuid\s+REG_SZ\s+(\S+)|^\s*([\w-]+)\s*$/.exec(printed);
  return named?.[1] ?? named?.[2] ?? named?.[3];
}

function said(program: string, words: readonly string[]): string {
  try {
    return runAtOnce(program, words, { env: {}, timeout: 5_000, files: [] });
  } catch {
    return '';
  }
}

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

function readQuietly(file: string): string | undefined {
  try {
    return readRegular(file);
  } catch {
    return undefined;
  }
}
