import { helpIfAsked } from '../../../app/invocation.ts';
import { isNewer } from '../../../engine/image-tags.ts';
import { type ExitCode, exitCode } from '../../../errors.ts';
import type { Help } from '../../../terminal/help.ts';
import type { Reading } from '../../../terminal/options.ts';
import { spin } from '../../../terminal/spin.ts';
import { timeWords } from '../../../text/duration.ts';
import { sizeWords } from '../../../text/size.ts';
import type { World } from '../../../world.ts';
import type { SubCommand } from '../context.ts';
import { chosenContainer, engineFlags, nameFlag, nameGiven, openContext } from '../context.ts';
import { lookAtStatus, type Status } from './survey.ts';

/** The command `container status`: how the runner's container is. */
export const status: SubCommand = { grammar: { names: [], verbFlags: { ...nameFlag, ...engineFlags } }, run };

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, status.grammar, 'container status', help);
  if (helped !== undefined) return helped;
  const name = nameGiven(reading);
  const context = await openContext(reading, world);
  const { say } = context;
  const container = await chosenContainer(context.engine, name);
  const found = await spin(world, say, `Inspecting ${container.settings.name}`, () =>
    lookAtStatus(context, container),
  );
  if (say.mode.json) say.object({ action: 'inspected', changed: false, ...plain(found) });
  else for (const line of linesOf(found, world.now())) say.result(line, 12);
  return exitCode.done;
}

const help: Help = {
  usage: ['container status [NAME] [flags]'],
  about:
    'Show the status of the gitlab-runner container: version, mounts, config.toml, runners, recent errors, and space.',
  flags: { Flags: ['name', 'engine', 'json'] },
  examples: {
    'Show the status': 'runner-setup container status',
    'Print the version of gitlab-runner': 'runner-setup container status --json | jq -r .container.version',
  },
};

const plain = ({ config, runners, ...container }: Status) => ({
  ...(config !== undefined && { file: config }),
  ...(runners !== undefined && { runners }),
  container,
});

function linesOf(found: Status, now: Date): string[] {
  const { mounts, runners = [], logErrors, ports, restartPolicy, restarts } = found;
  return [
    `${found.name}: ${stateWords(found, now)}`,
    row('image', imageWords(found)),
    row('version', versionWords(found)),
    row('restarts', `${restarts} (policy: ${restartPolicy})`),
    ...many(
      'mounts',
      mounts.map(({ source, target, options }) => mountWords(source, target, options)),
    ),
    ...many('ports', ports),
    row('config', `${found.config ?? 'none'}${found.configProblem ? `: ${found.configProblem}` : ''}`),
    ...many(
      'runners',
      runners.map(({ name, executor, url, token }) => `"${name}" ${executor} ${url} ${token}`),
    ),
    row('space', spaceWords(found)),
    ...(found.madeBy === undefined ? [] : [row('made by', makerWords(found.madeBy))]),
    ...many('errors', logErrors.length === 0 ? ['none in the last 500 lines of the log'] : logErrors),
  ];
}

const row = (name: string, words: string): string => `  ${name.padEnd(9)} ${words}`;

const many = (name: string, lines: readonly string[]): string[] =>
  lines.map((line, at) => row(at === 0 ? name : '', line));

const mountWords = (source: string, target: string, options: readonly string[]): string =>
  `${target} from ${/^[0-9a-f]{64}$/.test(source) ? `the volume ${source.slice(0, 12)}…` : source}${options.length === 0 ? '' : ` (${options.join(',')})`}`;

function stateWords(
  { status: state, running, startedAt, finishedAt, exitCode: code, health }: Status,
  now: Date,
) {
  const since = (time: string | undefined) =>
    time === undefined ? '' : timeWords(Math.max(0, now.getTime() - Date.parse(time)));
  if (!running)
    return `${state}${code === undefined ? '' : `, code ${code}`}${finishedAt ? `, ${since(finishedAt)} ago` : ''}`;
  return `${state}${startedAt ? ` for ${since(startedAt)}` : ''}${health === undefined ? '' : `, ${health}`}`;
}

const imageWords = ({ image, imageIsOutdated }: Status): string =>
  imageIsOutdated
    ? `${image} (a newer image with this tag is on this machine: run container upgrade)`
    : image;

function versionWords({ version, newestHere, image }: Status): string {
  const own = version ?? 'unknown, because the container is not running';
  return newestHere !== undefined && isNewer(newestHere, version ?? image.split(':').at(-1)!)
    ? `${own} (newest on this machine: ${newestHere})`
    : own;
}

function spaceWords({ space: { own, image, free } }: Status): string {
  const parts = [
    own === undefined ? undefined : `container ${sizeWords(own)}`,
    image === undefined ? undefined : `image ${sizeWords(image)}`,
    free === undefined ? undefined : `${sizeWords(free)} free on the disk of the engine`,
  ];
  return parts.filter(Boolean).join(', ') || 'unknown';
}

const makerWords = (maker: NonNullable<Status['madeBy']>): string =>
  maker.kind === 'compose' ? `compose, project ${maker.project}` : `systemd, ${maker.unit}`;
