import { readRegular } from '../../files/plain.ts';
import { saidBy } from './said.ts';

/** The id in the first of the files that has one; nothing when none has. */
export function machineIdFrom(files: readonly string[]): string | undefined {
  return files.map((file) => readQuietly(file)?.trim()).find(Boolean);
}

/** The id that a program of the system prints, which is named by its whole path: what is found by PATH may be anybody's. */
export const machineIdBy = (program: string, words: readonly string[]): string | undefined =>
  machineIdIn(saidBy(program, words));

/**
 * The machine's id in what the system's own program prints, as gitlab-runner takes it: macOS' IOPlatformUUID, the
 * MachineGuid of Windows' registry, or the only word (BSD); nothing when there is none.
 */
export function machineIdIn(printed: string): string | undefined {
  const named = /"IOPlatformUUID" = "([^"]+)"|MachineGuid\s+REG_SZ\s+(\S+)|^\s*([\w-]+)\s*$/.exec(printed);
  return named?.[1] ?? named?.[2] ?? named?.[3];
}

function readQuietly(file: string): string | undefined {
  try {
    return readRegular(file);
  } catch {
    return undefined;
  }
}
