import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One finished run of a program: its exit code (or the signal that ended it) and all it wrote. */
export type Run = { code: number | NodeJS.Signals; stdout: Buffer; stderr: Buffer };

/** How to start a program: the script, its arguments, the whole environment, the folder, what it reads on stdin. */
export type Start = {
  /** Words for Node before the script. */
  node?: string[];
  script: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
  stdin?: Buffer | undefined;
};

/** Runs a script with this Node, without a terminal, to its end; throws with its output when it does not end. */
export function runProgram({ node = [], script, args, env, cwd, stdin }: Start): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...node, script, ...args], { env, cwd, stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
    // A program that never reads its stdin may be gone before we have written.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
    const limit = setTimeout(() => child.kill('SIGKILL'), longest);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      const run = { code: code ?? signal!, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
      if (signal === 'SIGKILL')
        reject(new Error(`no end after ${longest / 1000} s\n${run.stdout}${run.stderr}`));
      else resolve(run);
    });
  });
}

const longest = 60_000;
const compiled = fileURLToPath(new URL('../../.build/compiled', import.meta.url));

/** The environment a case starts with: nothing of the machine but PATH; home and config inside `dir`. */
export function cleanEnvironment(dir: string): Record<string, string> {
  const root = process.env.SystemRoot;
  return {
    ...(root === undefined ? {} : { SystemRoot: root }),
    PATH: process.env.PATH ?? '',
    HOME: `${dir}/home`,
    // Runs of other tests must not meet there, and what is left behind is seen.
    TMPDIR: dir,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    CONFIG_FILE: `${dir}/config.toml`,
    // No test looks for other versions, but the one of the notice itself.
    NO_UPDATE_NOTIFIER: '1',
    // What is compiled of the program is the same for all of them.
    NODE_COMPILE_CACHE: compiled,
  };
}
