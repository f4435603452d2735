import { runAtOnce } from '../../child.ts';
import { configOfStart, valueIn } from '../runner-words.ts';
import type { RunningRunner } from '../running-runners.ts';
import type { ServicePlace } from './files.ts';

/** Asks `ps` of macOS and the BSDs which gitlab-runners run; nothing when it fails. */
export function runnersByPs(who: Omit<ServicePlace, 'root'>): RunningRunner[] | undefined {
  try {
    const words = ['-axww', '-o', 'pid=', '-o', 'uid=', '-o', 'command='];
    return runnersInPs(runAtOnce('/bin/ps', words, { env: {}, timeout: 5_000, files: [] }), who);
  } catch {
    return undefined;
  }
}

/** The running gitlab-runners in lines of process, user, and command, as `ps` prints them: the words of a command have no quotes there. */
export function runnersInPs(
  printed: string,
  { uid: ownUid, home }: Omit<ServicePlace, 'root'>,
): RunningRunner[] {
  return printed.split('\n').flatMap((line) => {
    const [, pid, uid, program, text] = form.exec(line) ?? [];
    if (text === undefined) return [];
    const words = wordsIn(text);
    const owner = Number(uid);
    const config = configOfStart({
      words,
      variable: (name) => (name === 'HOME' && owner === ownUid ? home : undefined),
      folder: () => valueIn(words, 'working-directory|d'),
      uid: owner,
    });
    return [{ pid: Number(pid), config, user: valueIn(words, 'user|u'), uid: owner, program }];
  });
}

// Process, user, the program (a blank may be in its path), and the flags of its command `run`.
const form =
  /^\s*(\d+)\s+(\d+)\s+((?:\/(?:\S| (?![-/]))*\/)?gitlab-(?:ci-multi-)?runner[^\s/]*)(?:\s.*?)?\srun((?:\s+-.*)?)$/;

// What follows a flag up to the next one is its value, blanks and all.
const wordsIn = (text: string): string[] =>
  text
    .trim()
    .split(/\s+(?=--?[a-z])/)
    .flatMap((part) => {
      const [, flag, value] = /^(--?[a-z-]+)\s+(.*)$/.exec(part) ?? [];
      return flag === undefined ? [part] : [flag, value!];
    });
