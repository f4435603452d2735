import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './bench-cost.ts';

/** What the two programs are run with: ours, the words of the other one, and a GitLab that knows the token. */
export interface AgainstSetup {
  readonly program: string;
  readonly other: readonly string[];
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly rounds: number;
}

interface Step {
  readonly name: string;
  words(config: string, url: string): string[];
}

// One after the other on one file, as a person would.
const steps: readonly Step[] = [
  { name: '--version', words: () => ['--version'] },
  {
    name: 'register',
    words: (config, url) => [
      'register',
      '-n',
      '--config',
      config,
      '--url',
      url,
      '--name',
      'bench',
      '--executor',
      'shell',
    ],
  },
  { name: 'list', words: (config) => ['list', '--config', config] },
  { name: 'lint', words: (config) => ['lint', '--config', config] },
  { name: 'verify', words: (config) => ['verify', '--config', config] },
  { name: 'unregister', words: (config) => ['unregister', '--config', config, '--name', 'bench'] },
];

/**
 * Runs each command of our program and of another one that takes the same words, such as gitlab-runner, in turns; prints
 * medians in ms and their ratio. A command that the other one does not have is said, not measured.
 */
export async function reportAgainst(setup: AgainstSetup): Promise<void> {
  const { program, other, rounds } = setup;
  const sides = [[process.execPath, program], other].map((command) => ({
    command,
    times: new Map<string, number[]>(),
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const [side, { command, times }] of sides.entries()) {
      const place = join(setup.folder, `against-${side}-${round}`);
      mkdirSync(place, { mode: 0o700 });
      for (const { name, words } of steps) {
        const took = await time([...command, ...words(join(place, 'config.toml'), setup.url)], setup);
        if (round > 0 && took !== undefined) times.set(name, [...(times.get(name) ?? []), took]);
      }
    }
  }
  console.log(
    `Node ${process.versions.node}, ${rounds} rounds in turns, medians: runner-setup, ${other.join(' ')}, and their ratio`,
  );
  const [ours, theirs] = sides.map(({ times }) => times) as [Map<string, number[]>, Map<string, number[]>];
  for (const { name } of steps)
    console.log(`${name.padEnd(12)} ${comparison(ours.get(name), theirs.get(name), rounds)}`);
}

function comparison(ours: number[] = [], theirs: number[] = [], rounds: number): string {
  if (ours.length < rounds) return 'runner-setup failed';
  const mine = median(ours);
  const left = `${mine.toFixed(1).padStart(7)} ms`;
  if (theirs.length < rounds) return `${left}        -      the other program failed`;
  const right = median(theirs);
  return `${left}  ${right.toFixed(1).padStart(7)} ms  × ${(mine / right).toFixed(2)}`;
}

// Nothing for a command that fails.
function time(
  [command, ...words]: readonly string[],
  { env, token }: AgainstSetup,
): Promise<number | undefined> {
  const start = performance.now();
  const child = spawn(command!, words, { stdio: 'ignore', env: { ...env, CI_SERVER_TOKEN: token } });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0 ? performance.now() - start : undefined));
  });
}
