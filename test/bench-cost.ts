import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the files are made for: the GitLab that is asked, a token it knows, and how the program starts. */
export interface CostSetup {
  readonly program: string;
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly rounds: number;
}

const sizes = [10, 100, 1_000, 10_000];
const kinds = ['append', 'update', 'edit'] as const;
type Kind = (typeof kinds)[number];
const targets: Record<number, number> = { 1000: 10, 10000: 60 };

/**
 * Measures changes of files of 10 to 10,000 runners: one more runner, and one in the middle changed by registering again
 * and by `edit`; prints medians, their ratios to `node -e 0` in the same run, and whether time grows faster than the file.
 */
export async function reportCost(setup: CostSetup): Promise<void> {
  console.log(`Cost by the size of the file, ${setup.rounds} rounds, medians`);
  const jobs = sizes.flatMap((runners) => kinds.map((kind) => jobOf(setup, kind, runners)));
  const base: number[] = [];
  for (let round = 0; round <= setup.rounds; round++) {
    const empty = await time(['-e', '0'], setup.env);
    if (round > 0) base.push(empty);
    for (const job of jobs) {
      writeFileSync(job.config, job.text, { mode: 0o600 });
      const took = await time([setup.program, ...job.words], { ...setup.env, CI_SERVER_TOKEN: job.token });
      if (round > 0) job.times.push(took);
    }
  }
  for (const job of jobs) console.log(lineFor(job, median(base)));
  for (const kind of kinds) console.log(growth(jobs.filter((job) => job.kind === kind)));
}

/** A command that goes through all runners of a file, and the most that one that writes may cost, as a multiple of `lint`. */
interface Whole {
  readonly words: readonly string[];
  readonly most?: number;
}

const reading: readonly Whole[] = [
  { words: ['lint'] },
  { words: ['list'] },
  { words: ['list', '--json'] },
  { words: ['verify', '--dry-run'] },
  { words: ['doctor', '--offline'] },
];

const writing: readonly Whole[] = [
  { words: ['edit', '--all', '--limit', '5', '--dry-run'], most: 10 },
  { words: ['edit', '--all', '--limit', '5', '-n'], most: 10 },
  { words: ['undo', '-y'], most: 10 },
  { words: ['unregister', '--all-runners', '--local', '-y'], most: 10 },
];

// A thousand times the runners, ten times the time.
const readingTarget = 10;

/**
 * Measures the commands that go through all runners of a file, one after the other on a file of 10,000, and those that
 * only read on one of 10 as well; prints medians, the ratios of the first to `lint`, and of the second to 10 runners.
 */
export async function reportWhole(setup: CostSetup): Promise<void> {
  const [few, many] = [10, 10_000].map((runners) => join(setup.folder, `whole-${runners}.toml`)) as [
    string,
    string,
  ];
  const small = reading.map((): number[] => []);
  const large = [...reading, ...writing].map((): number[] => []);
  for (let round = 0; round <= setup.rounds; round++) {
    writeFileSync(few, fileOf(10, setup.url), { mode: 0o600 });
    writeFileSync(many, fileOf(10_000, setup.url), { mode: 0o600 });
    await measure(setup, reading, few, small, round > 0);
    await measure(setup, [...reading, ...writing], many, large, round > 0);
  }
  const lint = median(large[0]!);
  console.log(`Commands that go through all of 10,000 runners, ${setup.rounds} rounds, medians`);
  for (const [at, { words }] of reading.entries()) {
    console.log(wholeLine(words, median(large[at]!), median(small[at]!), readingTarget, '10 runners'));
  }
  for (const [at, { words, most }] of writing.entries()) {
    console.log(wholeLine(words, median(large[reading.length + at]!), lint, most!, 'lint'));
  }
}

async function measure(
  { program, env }: CostSetup,
  commands: readonly Whole[],
  config: string,
  times: readonly number[][],
  counts: boolean,
): Promise<void> {
  for (const [at, { words }] of commands.entries()) {
    const took = await time([program, ...words, '--config', config], env);
    if (counts) times[at]!.push(took);
  }
}

function wholeLine(words: readonly string[], took: number, base: number, most: number, of: string): string {
  const verdict = `target ${most}${took / base <= most ? '' : '  MISSED'}`;
  return `${words.join(' ').padEnd(36)} ${took.toFixed(0).padStart(6)} ms  × ${(took / base).toFixed(2)} of ${of}  ${verdict}`;
}

interface Job {
  readonly kind: Kind;
  readonly runners: number;
  readonly config: string;
  readonly text: string;
  readonly token: string;
  readonly words: string[];
  readonly times: number[];
}

function jobOf({ url, token, folder }: CostSetup, kind: Kind, runners: number): Job {
  const config = join(folder, `${kind}-${runners}.toml`);
  const middle = Math.floor(runners / 2);
  const text = fileOf(runners, url);
  const change = ['-n', '--config', config, '--docker-image', 'alpine:3.22', '--docker-privileged'];
  const words =
    kind === 'edit'
      ? ['edit', `#${middle + 1}`, ...change]
      : ['register', '--url', url, '--name', 'bench', '--executor', 'docker', ...change];
  return {
    kind,
    runners,
    config,
    text,
    token: kind === 'append' ? token : tokenOf(middle),
    words,
    times: [],
  };
}

const tokenOf = (at: number): string => `glrt-t1_${String(at).padStart(20, '0')}`;

/** A file as gitlab-runner writes it, with a comment beside one value of each runner. */
function fileOf(runners: number, url: string): string {
  const head =
    'concurrent = 4\ncheck_interval = 0\nshutdown_timeout = 0\n\n[session_server]\n  session_timeout = 1800\n';
  return head + Array.from({ length: runners }, (_, at) => block(at, url)).join('');
}

const block = (at: number, url: string): string => `
[[runners]]
  name = "runner ${at}"
  limit = 2 # two is enough for this machine
  url = "${url}"
  id = ${at + 1000}
  token = "${tokenOf(at)}"
  token_obtained_at = 2025-11-02T10:11:12Z
  token_expires_at = 0001-01-01T00:00:00Z
  executor = "docker"
  [runners.cache]
    MaxUploadedArchiveSize = 0
    [runners.cache.s3]
    [runners.cache.gcs]
    [runners.cache.azure]
  [runners.docker]
    tls_verify = false
    image = "alpine"
    privileged = false
    volumes = ["/cache"]
    shm_size = 0
`;

function time(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, words, { stdio: 'ignore', env });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) =>
      code === 0
        ? resolve(performance.now() - start)
        : reject(new Error(`${words.join(' ')} ended with ${code}`)),
    );
  });
}

function lineFor({ kind, runners, text, times }: Job, base: number): string {
  const middle = median(times);
  const ratio = middle / base;
  const target = targets[runners];
  const verdict = target === undefined ? '' : `  target ${target}${ratio <= target ? '' : '  MISSED'}`;
  const name = `${kind}, ${runners} runners (${size(text)})`;
  return `${name.padEnd(36)} ${middle.toFixed(0).padStart(6)} ms  × ${ratio.toFixed(2)}${verdict}`;
}

const size = (text: string): string =>
  text.length < 1_000_000 ? `${Math.round(text.length / 1000)} KB` : `${(text.length / 1e6).toFixed(1)} MB`;

// What each start costs is in every time, so the growth is that of what comes on top of the smallest file.
function growth(jobs: readonly Job[]): string {
  const [small, , large, huge] = jobs as [Job, Job, Job, Job];
  const extra = (job: Job): number => median(job.times) - median(small.times);
  const times = extra(huge) / extra(large);
  const bytes = (huge.text.length - small.text.length) / (large.text.length - small.text.length);
  const verdict = times <= bytes ? 'no faster than the file' : 'FASTER THAN THE FILE';
  return `${small.kind}: from 1,000 to 10,000 runners the file grows × ${bytes.toFixed(1)}, the time above the smallest × ${times.toFixed(1)}: ${verdict}`;
}

/** The middle of some numbers; of an even count the upper one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
