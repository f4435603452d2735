import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findContainer } from '../../../src/engine/containers.ts';
import { uncarried } from '../../../src/engine/differences.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createLike } from '../../../src/engine/recreate.ts';
import { Chance } from '../../rooms/config/random.ts';
import { importImage, type LiveEngine } from './engines.ts';
import { notUsed, optionsOf, type Props } from './options.ts';
import { type Printed, unlike } from './strict.ts';

/** What came of many containers that were made anew. */
export interface Recreated {
  /** How many containers were made, and made anew. */
  sets: number;
  /** How often each option was in one of them. */
  readonly used: Map<string, number>;
  /** What the engine took from nobody: options that were in no container. */
  readonly faults: string[];
}

/** The options that `run --help` of a program names. */
export function optionsInHelp(help: string): string[] {
  const lines = help.slice(Math.max(0, help.search(/^(Options|Flags):/m))).split('\n');
  return lines.flatMap((line) => /^\s+(?:-\w, )?--([a-z][\w-]*)/.exec(line)?.[1] ?? []);
}

/** Options of a program that the proof neither uses nor names a reason for. */
export function unknownOptions(program: LiveEngine['program'], help: string): string[] {
  return optionsInHelp(help).filter((name) => !optionsOf[program].has(name) && !(name in notUsed));
}

interface Stage {
  readonly live: LiveEngine;
  readonly engine: Engine;
  readonly props: Props;
  readonly images: readonly string[];
}

/**
 * Makes containers of random options, makes each anew as an upgrade does, and compares all that `inspect` prints of the
 * two. First each option by itself, some times over, then sets.
 */
export async function recreateSets(live: LiveEngine, sets: number, seed: number): Promise<Recreated> {
  const help = live.tell('run', '--help');
  const result: Recreated = { sets: 0, used: new Map(), faults: [] };
  const missing = unknownOptions(live.program, help);
  if (missing.length > 0) {
    console.log(`FAULT options that the proof does not know: ${missing.join(' ')}`);
    result.faults.push('unknown options');
  }
  const known = optionsInHelp(help).filter((name) => optionsOf[live.program].has(name));
  for (const name of known) result.used.set(name, 0);
  const stage = layStage(live);
  for (let at = 0; at < known.length * 4 && sets > 0; at++)
    await oneSet(stage, new Chance(seed * 1_000_003 + at), [known[at % known.length]!], result);
  for (let at = 0; at < sets; at++) {
    const chance = new Chance(seed * 1_000_003 + 1_000_000 + at);
    const share = [0.03, 0.08, 0.15, 0.3, 0.5][at % 5]!;
    await oneSet(stage, chance, chance.some(known, share), result);
  }
  clear(stage);
  return result;
}

async function oneSet(stage: Stage, chance: Chance, names: string[], result: Recreated): Promise<void> {
  const image = chance.one(stage.images);
  const args = chance.happens(0.3) ? ['--debug', 'run', '--listen-address=:9252'] : [];
  const uses = names.map((name) => ({
    name,
    words: optionsOf[stage.live.program]
      .get(name)!
      .uses(chance, stage.props)
      .map((word) => word.replace('IMAGE,', `${image},`)),
  }));
  const made = accepted(stage, chance, uses, [image, ...args]);
  if (made === undefined) return;
  result.sets++;
  if (result.sets % 100 === 0)
    console.log(`${new Date().toISOString().slice(11, 19)} ${result.sets} made anew`);
  for (const { name } of made) result.used.set(name, (result.used.get(name) ?? 0) + 1);
  const lost = await recreated(stage);
  if (lost.length === 0) return;
  const words = await smallest(stage, made, [image, ...args], lost[0]!);
  const fault = `${stage.live.label}: ${words.join(' ')}\n    ${lost.join('\n    ')}`;
  console.log(`FAULT ${fault}`);
  result.faults.push(fault);
}

interface Use {
  readonly name: string;
  readonly words: readonly string[];
}

const [first, second] = ['rs-proof-old', 'rs-proof-new'];

// Many options exclude each other, and only the engine knows which: one after another is left out until it agrees.
function accepted(
  { live }: Stage,
  chance: Chance,
  uses: readonly Use[],
  rest: readonly string[],
): Use[] | undefined {
  for (let left = [...uses]; left.length > 0; ) {
    if (create(live, left, rest)) return left;
    left = left.length === 1 ? [] : dropped(left, chance);
  }
  return undefined;
}

function dropped(uses: Use[], chance: Chance): Use[] {
  const at = chance.below(uses.length);
  return uses.filter((_, index) => index !== at);
}

function create(live: LiveEngine, uses: readonly Use[], rest: readonly string[]): boolean {
  remove(live);
  try {
    live.tell('create', '--name', first, ...uses.flatMap(({ words }) => words), ...rest);
    return true;
  } catch {
    return false;
  }
}

function remove(live: LiveEngine): void {
  for (const name of [first, second]) tryTo(live, 'rm', '--force', '--volumes', name);
}

function clear({ live, props }: Stage): void {
  remove(live);
  tryTo(live, 'rm', '--force', '--volumes', props.other);
  for (const network of props.networks) tryTo(live, 'network', 'rm', network);
  tryTo(live, 'volume', 'rm', props.volume);
  if (live.program === 'podman') tryTo(live, 'secret', 'rm', props.secret);
}

function tryTo({ tell }: LiveEngine, ...words: string[]): void {
  try {
    tell(...words);
  } catch {
    // It was not there.
  }
}

/** Makes the container anew as an upgrade does; what is lost, a line each. */
async function recreated({ live, engine }: Stage): Promise<string[]> {
  const [old] = JSON.parse(live.tell('container', 'inspect', first)) as Printed[];
  const refused = uncarried(old!);
  if (refused.length > 0) return refused.map((line) => `refused: ${line}`);
  const found = await findContainer(engine, first);
  let seen: string[];
  try {
    seen = await createLike(engine, found!, {
      name: second,
      image: found!.settings.image,
      watch: () => ({}),
    });
  } catch (error) {
    const { message, why = '' } = error as Error & { why?: string };
    return [`not made: ${message} ${why}`];
  }
  const [made] = JSON.parse(live.tell('container', 'inspect', second)) as Printed[];
  return [...unlike(old!, made!), ...seen.map((path) => `named by the program: ${path}`)];
}

// The fewest options that show the same fault.
async function smallest(
  stage: Stage,
  uses: readonly Use[],
  rest: readonly string[],
  fault: string,
): Promise<string[]> {
  let left = [...uses];
  for (const use of uses) {
    const fewer = left.filter((one) => one !== use);
    if (fewer.length === 0 || !create(stage.live, fewer, rest)) continue;
    const lost = await recreated(stage);
    if (lost.some((line) => line.split(':')[0] === fault.split(':')[0])) left = fewer;
  }
  return [...left.flatMap(({ words }) => words), ...rest];
}

function layStage(live: LiveEngine): Stage {
  const dir = join(live.env.HOME!, live.label.replace(/\W+/g, '-'));
  for (const name of ['a', 'b', 'with:colon', 'with,comma']) mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, 'env'), 'FROM_FILE=1\n# a comment\nLONG=a b c\n');
  writeFileSync(join(dir, 'labels'), 'from.file=1\nlong=a b c\n');
  const plain = importImage(live, 'docker.io/gitlab/gitlab-runner:plain', [
    'ENTRYPOINT ["/bin/gitlab-runner"]',
    'CMD ["run"]',
  ]);
  const rich = importImage(live, 'docker.io/gitlab/gitlab-runner:rich', [
    'ENTRYPOINT ["/usr/bin/dumb-init", "/entrypoint"]',
    ...[
      'CMD ["run", "--user=gitlab-runner"]',
      'ENV IMAGE=1',
      'ENV HOME=/home/gitlab-runner',
      'LABEL image=1',
    ],
    ...[
      'VOLUME /etc/gitlab-runner',
      'VOLUME /home/gitlab-runner',
      'EXPOSE 9252',
      'WORKDIR /home/gitlab-runner',
    ],
    ...(live.program === 'podman' ? ['STOPSIGNAL SIGQUIT'] : []),
    'USER 999:999',
  ]);
  const props = layProps(live, dir, plain);
  const engine: Engine = { program: live.program, host: live.env.DOCKER_HOST, env: live.env };
  return { live, engine, props, images: [plain, rich, rich] };
}

// An engine must not find its addresses in use by the one before.
let stages = 0;

function layProps({ program, tell }: LiveEngine, dir: string, image: string): Props {
  const number = 100 + ((process.pid + stages++) % 150);
  const [subnet, subnet6] = [`10.${number}`, `fd00:${number}:`];
  const props: Props = {
    dir,
    subnet,
    subnet6,
    other: 'rs-proof-other',
    networks: ['rs-net-a', 'rs-net-b'],
    volume: 'rs-volume',
    disk: '/dev/vda',
    secret: 'rs-secret',
  };
  tell(
    'network',
    'create',
    '--subnet',
    `${subnet}.0.0/16`,
    '--ipv6',
    '--subnet',
    `${subnet6}:/64`,
    props.networks[0],
  );
  tell('network', 'create', props.networks[1]);
  tell('volume', 'create', props.volume);
  tell(
    'create',
    '--name',
    props.other,
    '--ipc',
    'shareable',
    '--volume',
    '/from/other',
    '--volume',
    `${dir}/a:/from/a:ro`,
    image,
  );
  if (program === 'podman') {
    writeFileSync(join(dir, 'secret'), 'hidden');
    tell('secret', 'create', props.secret, join(dir, 'secret'));
  }
  return props;
}
