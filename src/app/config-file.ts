import { existsSync } from 'node:fs';
import { type Change, type Table, textIn } from '../config/model.ts';
import type { Config } from '../config/read.ts';
import { inspectFile, readFound } from '../config/read-file.ts';
import { exitCode, Trouble } from '../errors.ts';
import { completePath, defaultConfigFile, readText } from '../host/places.ts';
import type { PlanInput } from '../runner/plan.ts';
import { shownToken } from '../runner/select.ts';
import type { Gathered } from '../settings/gather.ts';
import type { Settings } from '../settings/table.ts';
import type { Say } from '../terminal/say.ts';
import { expand } from '../text/expand.ts';
import type { Env, World } from '../world.ts';
import { type ConfigInUse, configInUse } from './config-in-use.ts';
import type { ConfigFile, ConfigOfContainer } from './container-config.ts';

/** config.toml as it was found, before anything happens. */
export interface OpenFile {
  readonly path: string;
  /** Absent when there is no file yet, or nothing in it. */
  readonly config: Config | undefined;
  /** The container that reads it, when that is known. */
  readonly container?: ConfigOfContainer;
}

/**
 * Finds config.toml: `--container` and `--engine`, or `--config` (the flag beats the variable), else the one that the
 * gitlab-runner uses that runs here, or else a service that starts by itself, which is said; else gitlab-runner's default
 * for this user; where that is not there, the one of a running container of gitlab-runner, which is said.
 */
export async function findConfig(known: Gathered, world: World, say: Say): Promise<ConfigFile> {
  const { container, engine, config } = nearer(known);
  say.at(flagged(known));
  if (config !== undefined) return { path: completePath(config, world) };
  const usual = defaultConfigFile(world);
  if (container === undefined && engine === undefined) {
    const inUse = await configInUse(usual, world);
    if (inUse !== undefined) return ofInUse(inUse, world, say);
    // No program is started where the usual file is there.
    if (existsSync(usual)) return { path: usual };
  }
  const { configIn, configOfContainer, configOfRunning } = await import('./container-config.ts');
  if (container !== undefined) return configOfContainer({ name: container, engine }, world, say);
  if (engine !== undefined) return configIn(engine, world, say);
  return (await configOfRunning(world, say)) ?? { path: usual };
}

// The running container of a Quadlet is known better than by its file.
async function ofInUse(
  { path, note, isContainer }: ConfigInUse,
  world: World,
  say: Say,
): Promise<ConfigFile> {
  if (isContainer) {
    const { configOfRunning } = await import('./container-config.ts');
    const running = await configOfRunning(world, say);
    if (running !== undefined) return running;
  }
  say.note(note);
  return { path };
}

// What a variable says, it says to the next command, too.
const flagged = ({
  settings: { config, container, engine },
  sources,
}: Gathered): Parameters<Say['at']>[0] => ({
  ...(sources.get('config') === 'flag' && { config }),
  ...(sources.get('container') === 'flag' && { container }),
  ...(sources.get('engine') === 'flag' && { engine }),
});

function nearer({ settings, sources }: Gathered): Pick<Settings, 'container' | 'engine' | 'config'> {
  const { container, engine, config } = settings;
  if ((container ?? engine) === undefined || config === undefined) return settings;
  const inContainer = sources.get('engine') ?? sources.get('container');
  if (inContainer === sources.get('config')) {
    const other = container === undefined ? `--engine ${engine}` : `the container ${container}`;
    throw new Trouble(`Two locations of config.toml were given: ${config}, and ${other}.`, {
      hint: 'Use either --config (CONFIG_FILE) or --container (RUNNER_SETUP_CONTAINER).',
      code: exitCode.usage,
    });
  }
  return sources.get('config') === 'flag' ? { config } : { container, engine };
}

/**
 * Looks at config.toml before anything happens; throws when it cannot be read, understood or, but for a dry run, written,
 * or when gitlab-runner would refuse it.
 */
export const openFile = (path: string, run: Run): Promise<OpenFile> => open(path, run, readChecked);

/**
 * Opens config.toml for those who may put right what gitlab-runner would refuse; throws when it cannot be read, understood
 * or, but for a dry run, written.
 */
export const openFaulty = (path: string, run: Run): Promise<OpenFile> => open(path, run, readUnchecked);

/** What the opening of a file needs to know of a run. */
interface Run {
  readonly say: Say;
  readonly dryRun: boolean;
}

async function open(path: string, run: Run, read: typeof readChecked): Promise<OpenFile> {
  const { say } = run;
  const text = openText(path, run);
  const config = text === undefined ? undefined : await read(text, path);
  warnOfRedefined(config, say);
  return { path, config };
}

function warnOfRedefined(config: Config | undefined, say: Say): void {
  if (config?.redefined === undefined) return;
  const { line } = config.redefined;
  say.warn(
    `${config.file}, line ${line}: TOML does not allow a table to be extended this way. gitlab-runner accepts it; other programs do not.`,
  );
}

/** The text of config.toml, whatever it is; nothing when there is no file. Throws when it cannot be read or, but for a dry run, written. */
export function openText(path: string, { say, dryRun }: Run): string | undefined {
  const { text, warnings } = dryRun ? readFound(path) : inspectFile(path);
  for (const warning of warnings) say.warn(warning);
  return text;
}

/** Reads the text of config.toml and refuses what gitlab-runner would refuse to load; nothing for a text without content. */
export async function readChecked(text: string, path: string): Promise<Config | undefined> {
  if (isEmpty(text)) return undefined;
  const [config, { typeFaults }] = await Promise.all([
    readUnchecked(text, path),
    import('../config/types.ts'),
  ]);
  const [first] = config === undefined ? [] : typeFaults(config, 1);
  if (first === undefined) return config;
  throw first;
}

const isEmpty = (text: string): boolean => text.replace(/^\ufeff/, '').trim() === '';

// The parser is loaded only when there is something to read.
async function readUnchecked(text: string, path: string): Promise<Config | undefined> {
  if (isEmpty(text)) return undefined;
  const { readConfig } = await import('../config/read.ts');
  return readConfig(text, path);
}

/** Whether a runner is in this config.toml, as far as it can be read. */
export function hasRunners(path: string): boolean {
  try {
    return /^\s*\[\[\s*runners\s*\]\]/m.test(readFound(path).text ?? '');
  } catch {
    return false;
  }
}

/** What the plan needs to know of a file, and how its values are compared. */
export async function presentOf(config: Config | undefined): Promise<Pick<PlanInput, 'present' | 'equal'>> {
  if (config === undefined) return { present: { globals: {}, runners: [] }, equal: () => false };
  const { sameSetting } = await import('../config/canonical.ts');
  return { present: { globals: config.globals, runners: config.runners }, equal: sameSetting };
}

/** The text of config.toml after some changes; a new file gets gitlab-runner's global keys first. */
export async function textAfter(config: Config | undefined, changes: readonly Change[]): Promise<string> {
  if (config === undefined) return freshText(changes);
  const [{ editConfig }, { typedValue }] = await Promise.all([
    import('../config/edit.ts'),
    import('../config/canonical.ts'),
  ]);
  const typed = (change: Change): Change =>
    change.do === 'set' ? { ...change, value: typedValue(change.at, change.path, change.value) } : change;
  return editConfig(config, changes.map(typed));
}

/**
 * The text of config.toml after changes of any number, also where there is no file yet; a new file gets gitlab-runner's
 * global keys first.
 */
export async function textAfterAll(
  config: Config | undefined,
  path: string,
  changes: readonly Change[],
): Promise<string> {
  if (config !== undefined) return textAfter(config, changes);
  const { writeFreshGlobals } = await import('../config/canonical.ts');
  return textAfter(await readChecked(writeFreshGlobals(), path), changes);
}

async function freshText(changes: readonly Change[]): Promise<string> {
  const { writeFresh } = await import('../config/canonical.ts');
  const append = changes.find((change) => change.do === 'append');
  const globals = changes.flatMap((change) =>
    change.do === 'set' ? [[change.path.join('.'), change.value]] : [],
  );
  return writeFresh(append?.block ?? {}, Object.fromEntries(globals));
}

/** The one `[[runners]]` of the file of `--template-config`, its address expanded as gitlab-runner does, and without keys that gitlab-runner does not know; throws by its rules. */
export async function readTemplate({ templateConfig }: Settings, world: World, say: Say): Promise<Table> {
  if (templateConfig === undefined) return {};
  const path = completePath(templateConfig, world);
  const config = await readChecked(readText(path, 'template'), path);
  const [runner, ...more] = config?.runners ?? [];
  if (runner === undefined || more.length > 0) {
    throw new Trouble(
      `The template ${path} has ${config?.runners.length ?? 0} [[runners]] sections, not one.`,
      {
        hint: 'Keep exactly one [[runners]] section in the template. Its global keys are ignored.',
      },
    );
  }
  return withExpandedUrl(await knownOf(runner, `The template ${path}`, say), world.env);
}

/**
 * A runner of a template or preset without the keys that gitlab-runner does not know; they are named in a warning, with
 * `what` as its first words.
 */
export async function knownOf(runner: Table, what: string, say: Pick<Say, 'warn'>): Promise<Table> {
  const { withoutUnknownKeys } = await import('../config/known-keys.ts');
  const { known, unknown } = withoutUnknownKeys(runner);
  if (unknown.length > 0)
    say.warn(`${what} has keys that gitlab-runner does not know. They are omitted: ${unknown.join(', ')}.`);
  return known;
}

function withExpandedUrl(runner: Table, env: Env): Table {
  return typeof runner.url === 'string' ? { ...runner, url: expand(runner.url, env) } : { ...runner };
}

/** config.toml for those who only read it: it need not be writable. Throws when it cannot be read, or when gitlab-runner would refuse it. */
export async function readConfigFile(
  path: string,
  say: Say,
): Promise<OpenFile & { readonly isThere: boolean }> {
  const { text, warnings } = readFound(path);
  for (const warning of warnings) say.warn(warning);
  const config = text === undefined ? undefined : await readChecked(text, path);
  warnOfRedefined(config, say);
  return { path, config, isThere: text !== undefined };
}

/** Hides the tokens of the file wherever they appear whole; their beginnings, by which people tell them apart, stay. */
export function hideTokens(say: Say, config: Config | undefined): void {
  const tokens = (config?.runners ?? []).map((runner) => textIn(runner, 'token'));
  say.hide(tokens.filter((token) => token !== shownToken(token)));
}
