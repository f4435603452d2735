import { rmSync } from 'node:fs';

/** Takes a file away that no longer matters: when that fails, nothing is lost by its staying. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next run that writes sweeps it up.
  }
}
