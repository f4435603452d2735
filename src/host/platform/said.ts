import { runAtOnce } from '../../child.ts';
import type { Env } from '../../world.ts';

/** What a program of the system prints, by its whole path: what is found by PATH may be anybody's. Empty when it fails. */
export function saidBy(program: string, words: readonly string[], env: Env = {}): string {
  try {
    return runAtOnce(program, words, { env, timeout: 5_000, files: [] });
  } catch {
    return '';
  }
}
