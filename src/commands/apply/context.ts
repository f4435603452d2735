import { dirname } from 'node:path';
import { findConfig, hideTokens, openFile, readTemplate } from '../../app/config-file.ts';
import { warnOfOtherFile } from '../../app/config-in-use.ts';
import { stateBeside, statePath } from '../../app/fleet-state.ts';
import { finishInterruptedRuns, unansweredAt } from '../../app/interrupted-run.ts';
import {
  accessTokenOf,
  type Invocation,
  misuse,
  takeInvocation,
  warnOfHostsFile,
} from '../../app/invocation.ts';
import { takePreset } from '../../app/presets.ts';
import type { Unsaved } from '../../app/unsaved-file.ts';
import type { Table } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { readFleet } from '../../fleet-file/check.ts';
import type { Fleet, FleetGitlab, FleetRunner } from '../../fleet-file/model.ts';
import { isSecretReference, type Sources, secretOf, withSecrets } from '../../fleet-file/references.ts';
import { isFor } from '../../fleet-file/select.ts';
import { type FleetState, noState } from '../../fleet-file/state.ts';
import { type Below, type WantedRunner, wantedOf } from '../../fleet-file/wanted.ts';
import { readUrl, sameGitlab } from '../../gitlab/url.ts';
import { completePath, readText } from '../../host/places.ts';
import { fitsExecutor } from '../../runner/preset.ts';
import type { Reading } from '../../terminal/options.ts';
import { expand } from '../../text/expand.ts';
import { quote } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import { applyGrammar } from './flags.ts';

/** What an application of fleet files starts from. */
export interface ApplyContext extends Invocation {
  /** The fleet files, as sentences call them. */
  readonly fleet: string;
  readonly host: string;
  /** config.toml. */
  readonly path: string;
  readonly config: Config | undefined;
  readonly state: FleetState;
  /** The global keys that are wanted, secrets in place. */
  readonly global: Table;
  /** The runners that are wanted on this machine, secrets in place. */
  readonly wanted: readonly WantedRunner[];
  /** The access tokens at hand, each with its GitLab. */
  readonly accesses: readonly Access[];
  /** What earlier runs asked GitLab to create, while it is not known whether it did. */
  readonly unanswered: readonly Unsaved[];
  /** The keys of the runners of the files that are for other machines. */
  readonly elsewhere: ReadonlySet<string>;
}

/** Reads the fleet files, config.toml, and what was kept beside it; throws one `Trouble` with all that is wrong in them. */
export async function openApply(reading: Reading, world: World): Promise<ApplyContext> {
  const invocation = await takeInvocation(reading, world, applyGrammar);
  const { say, known, verbFlags } = invocation;
  warnOfHostsFile(invocation);
  const host = verbFlags.host?.at(-1) || world.hostname;
  const sources = await readFleets(invocation);
  const { path, container } = await findConfig(known, world, say);
  await warnOfOtherFile({ path, container }, world, say);
  const chosen = await chooseRunners(invocation, sources, host);
  const wanted = withAccess(chosen, accessTokenOf(invocation), say);
  say.hide(wanted.flatMap(({ gitlab }) => [gitlab.access_token ?? [], gitlab.token ?? []].flat()));
  const accesses = accessesOf(sources, wanted);
  await finishInterrupted(invocation, path, accesses);
  const { config } = await openFile(path, invocation);
  hideTokens(say, config);
  const isWanted = new Set(wanted.map(({ key }) => key));
  const all = sources.flatMap(({ fleet }) => fleet.runners);
  return {
    ...invocation,
    fleet: sources.map(({ name }) => name).join(', '),
    host,
    path,
    config,
    state: openState(path, say),
    global: globalOf(sources),
    wanted,
    accesses,
    unanswered: invocation.dryRun ? [] : await unansweredAt(path),
    elsewhere: new Set(all.map(({ key }) => key).filter((key) => !isWanted.has(key))),
  };
}

/** A fleet file, and where the paths in it start. */
interface FleetSource {
  readonly name: string;
  readonly folder: string;
  readonly fleet: Fleet;
  readonly secrets: Sources;
}

async function readFleets({ verbFlags, words, world }: Invocation): Promise<FleetSource[]> {
  const names = verbFlags.file ?? [];
  if (words.length > 0)
    throw misuse(`Unexpected argument: "${words[0]}".`, `Use -f: runner-setup apply -f ${quote(words[0]!)}`);
  if (names.length === 0)
    throw misuse(
      'No fleet file was given.',
      'To apply it: runner-setup apply -f runners.toml\nFor its format: runner-setup apply --schema',
    );
  const sources = await Promise.all(names.map((name) => readOne(name, world)));
  const runners = sources.flatMap(({ name, fleet }) => fleet.runners.map(({ key }) => ({ key, name })));
  const seen = new Map<string, string>();
  for (const { key, name } of runners) {
    const before = seen.get(key);
    if (before !== undefined)
      throw misuse(`The key "${key}" is in ${before} and in ${name}.`, 'Use another key in one of them.');
    seen.set(key, name);
  }
  return sources;
}

async function readOne(word: string, world: World): Promise<FleetSource> {
  const isStdin = word === '-';
  const path = completePath(word, world);
  const name = isStdin ? 'standard input' : word;
  const text = isStdin ? await world.readStdin() : readText(path, 'fleet file');
  const folder = isStdin ? completePath('.', world) : dirname(path);
  const readFile = (file: string) => readText(completePath(file, { ...world, cwd: folder }), 'file');
  return { name, folder, fleet: await readFleet(text, name), secrets: { env: world.env, readFile } };
}

async function chooseRunners(
  invocation: Invocation,
  sources: readonly FleetSource[],
  host: string,
): Promise<WantedRunner[]> {
  const { verbFlags, world } = invocation;
  const labels = [...(verbFlags.label ?? []), ...(world.env.RUNNER_SETUP_LABELS ?? '').split(',')].map(
    (one) => one.trim(),
  );
  const faults: Trouble[] = [];
  const chosen: WantedRunner[] = [];
  for (const source of sources) {
    for (const runner of source.fleet.runners) {
      if (!isFor({ ...source.fleet.defaults, ...runner }, host, labels)) continue;
      try {
        chosen.push(await wantedFrom(invocation, source, runner));
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        faults.push(error);
      }
    }
  }
  throwAll(faults);
  return chosen;
}

/** Throws one `Trouble` for all that is wrong; nothing when nothing is. */
export function throwAll(faults: readonly Pick<Trouble, 'message' | 'why' | 'hint' | 'code'>[]): void {
  const [first, ...more] = faults;
  if (first === undefined) return;
  const { why, hint, code } = first;
  if (more.length === 0)
    throw new Trouble(first.message, {
      ...(why !== undefined && { why }),
      ...(hint !== undefined && { hint }),
      code,
    });
  const linesOf = (one: typeof first) => [one.message, ...(one.why === undefined ? [] : [`  ${one.why}`])];
  const hints = [...new Set(faults.flatMap((one) => one.hint ?? []))];
  const rest = hints.length === 0 ? {} : { hint: hints.join('\n') };
  throw new Trouble(faults.flatMap(linesOf).join('\n'), { ...rest, code });
}

async function wantedFrom(
  invocation: Invocation,
  { fleet, folder, secrets, name }: FleetSource,
  given: FleetRunner,
): Promise<WantedRunner> {
  const { world, say } = invocation;
  const { key } = given;
  const place = `${name}, runner "${key}"`;
  const defaults = {
    ...fleet.defaults,
    config: withSecrets(fleet.defaults.config, secrets, `${place}: config`),
  };
  const runner = { ...given, config: withSecrets(given.config, secrets, `${place}: config`) };
  const below = await belowOf({ ...invocation, world: { ...world, cwd: folder } }, fleet, runner);
  const wanted = wantedOf(defaults, runner, below);
  if (below !== undefined && 'preset' in below) refuseUnfit(place, below.preset, wanted);
  const { gitlab } = wanted;
  for (const secret of [gitlab.access_token, gitlab.token])
    if (secret !== undefined && !isSecretReference(secret))
      warnOnce(say, `${name} contains a token. Use \${VAR}, env:VAR, or file:PATH instead.`);
  const secretAt = (of: 'access_token' | 'token') => {
    const words = gitlab[of];
    return words === undefined ? {} : { [of]: secretOf(words, secrets, `${place}: gitlab.${of}`) };
  };
  return {
    ...wanted,
    gitlab: { ...gitlab, ...urlOf(gitlab, world, place), ...secretAt('access_token'), ...secretAt('token') },
  };
}

function warnOnce({ warn, warnings }: Invocation['say'], words: string): void {
  if (!warnings.includes(words)) warn(words);
}

async function belowOf({ world, say }: Invocation, { defaults }: Fleet, runner: FleetRunner): Promise<Below> {
  const isOwn = runner.preset !== undefined || runner.template !== undefined;
  const { preset, template } = isOwn ? runner : defaults;
  if (preset !== undefined) return { preset: await takePreset(preset, world, say) };
  if (template === undefined) return undefined;
  return { template: await readTemplate({ templateConfig: template }, world, say) };
}

function refuseUnfit(
  place: string,
  preset: Extract<Below, { preset: unknown }>['preset'],
  { executor, leaves }: WantedRunner,
): void {
  if (!fitsExecutor(preset, executor))
    throw misuse(
      `${place}: its executor is ${executor}, but the preset ${preset.name} is for ${preset.executor}.`,
      'Remove executor, or choose another preset: runner-setup preset list',
    );
  const lacking = preset.needs.find(({ path }) => !leaves.some((leaf) => leaf.path.join('.') === path));
  if (lacking !== undefined)
    throw misuse(
      `${place}: the preset ${preset.name} needs config.${lacking.path}, such as "${lacking.example}".`,
      'Add it to the runner.',
    );
}

function urlOf({ url }: FleetGitlab, { env }: World, place: string): { url?: string } {
  if (url === undefined) return {};
  const { url: right, repairs } = readUrl(expand(url, env));
  if (repairs.length === 0) return { url: right };
  throw new Trouble(`${place}: gitlab.url is not a valid GitLab URL.`, {
    why: `${repairs.join('. ')}.`,
    hint: `Write url = "${right}"`,
    code: exitCode.usage,
  });
}

// A token must not go to another GitLab than the one that it is of.
function withAccess(
  wanted: readonly WantedRunner[],
  token: string | undefined,
  say: Invocation['say'],
): WantedRunner[] {
  const urls = wanted.flatMap(({ gitlab }) => gitlab.url ?? []);
  const isOne = urls.every((url) => sameGitlab(url, urls[0]!));
  if (token !== undefined && !isOne)
    say.warn(
      'The access token is not used, because the runners are in several GitLabs. Use gitlab.access_token in the file.',
    );
  if (token === undefined || !isOne) return [...wanted];
  return wanted.map((one) => ({ ...one, gitlab: { access_token: token, ...one.gitlab } }));
}

/** An access token, and the GitLab that it is of. */
export interface Access {
  readonly url: string;
  readonly token: string;
}

function accessesOf(sources: readonly FleetSource[], wanted: readonly WantedRunner[]): Access[] {
  const all = [...wanted.map(({ gitlab }) => gitlab), ...sources.map(defaultsOf)];
  const accesses = all.flatMap(({ url, access_token: token }): Access[] =>
    url === undefined || token === undefined ? [] : [{ url, token }],
  );
  return [...new Map(accesses.map((one) => [`${one.url}\n${one.token}`, one])).values()];
}

// What no runner of this machine takes may be missing on it.
function defaultsOf({ fleet, secrets, name }: FleetSource): FleetGitlab {
  const { url, access_token: token } = fleet.defaults.gitlab;
  try {
    return {
      ...(url !== undefined && { url: readUrl(expand(url, secrets.env)).url }),
      ...(token !== undefined && { access_token: secretOf(token, secrets, name) }),
    };
  } catch {
    return {};
  }
}

async function finishInterrupted(
  invocation: Invocation,
  path: string,
  accesses: readonly Access[],
): Promise<void> {
  if (accesses.length === 0) await finishInterruptedRuns(invocation, path);
  for (const access of accesses) await finishInterruptedRuns(invocation, path, access);
}

function openState(path: string, say: Invocation['say']): FleetState {
  const state = stateBeside(path);
  if (state === 'unreadable')
    say.warn(
      `${statePath(path)} cannot be read. The runners are found by their IDs in GitLab and their names.`,
    );
  return state === undefined || state === 'unreadable' ? noState : state;
}

function globalOf(sources: readonly FleetSource[]): Table {
  const all: Table = {};
  for (const { name, fleet, secrets } of sources) {
    for (const [key, value] of Object.entries(withSecrets(fleet.global, secrets, `${name}: global`))) {
      if (Object.hasOwn(all, key) && JSON.stringify(all[key]) !== JSON.stringify(value))
        throw misuse(`The global key ${key} has two values in the files.`, 'Remove it from one of them.');
      all[key] = value;
    }
  }
  return all;
}
