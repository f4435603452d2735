import { type ExitCode, exitCode, Trouble } from '../errors.ts';
import { hostsFileFault } from '../host/names.ts';
import type { Selectors } from '../runner/select.ts';
import type { CallName } from '../settings/call-table.ts';
import { refuseContradiction, visibleWords } from '../settings/credential.ts';
import { logLevels } from '../settings/executors.ts';
import { type Gathered, gather } from '../settings/gather.ts';
import { isYes } from '../settings/kinds.ts';
import type { Settings } from '../settings/table.ts';
import type { Help } from '../terminal/help.ts';
import type { Grammar, Reading, VerbOption } from '../terminal/options.ts';
import { type Channel, type OutputMode, type Say, speak } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { findConfig } from './config-file.ts';
import { warnOfOtherFile } from './config-in-use.ts';
import type { ConfigOfContainer } from './container-config.ts';
import { readAccessToken } from './token-files.ts';

/** What every command is given: the world, the voice, and what the command line and the environment say. */
export interface Invocation {
  readonly world: World;
  readonly say: Say;
  readonly options: Reading['options'];
  readonly verbFlags: Reading['verbFlags'];
  /** The words that are no flags, such as what people call the runners: `#2`, a name, an id, the beginning of a token. */
  readonly words: readonly string[];
  /** The settings that were given, and where each came from. */
  readonly known: Gathered;
  readonly settings: Settings;
  /** Whether questions may be asked. */
  readonly mayAsk: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  /** Whether a dry run tells by its exit code that there are changes. */
  readonly exitsByChanges: boolean;
}

/** What the commands are given that work on runners of a config.toml. */
export interface ConfigInvocation extends Invocation {
  /** config.toml. */
  readonly path: string;
  /** The container that has the file, where it was found by one. */
  readonly container?: ConfigOfContainer;
  readonly selectors: Selectors;
}

/** The flags of gitlab-runner's own commands that say which runner is meant. */
export const selectorFlags = {
  name: {
    flag: '--name',
    short: '-n',
    isSwitch: false,
    hint: 'NAME',
    doc: 'Select the runner with this name',
    offers: 'names',
  },
  url: {
    flag: '--url',
    short: '-u',
    isSwitch: false,
    hint: 'URL',
    doc: 'Select the runners of this GitLab URL',
    offers: 'urls',
  },
} as const satisfies Record<string, VerbOption>;

/** Selects by token, as gitlab-runner's verify and unregister do. */
export const tokenFlag = {
  token: {
    flag: '--token',
    short: '-t',
    isSwitch: false,
    hint: 'TOKEN',
    doc: 'Select the runner with this token',
  },
} as const satisfies Record<string, VerbOption>;

/** Ends the questions; `-n` is the name here, as in gitlab-runner's own commands. */
export const quietFlag = {
  nonInteractive: {
    flag: '--non-interactive',
    isSwitch: true,
    doc: 'Do not ask questions (here, -n is --name)',
  },
} as const satisfies Record<string, VerbOption>;

/**
 * The exit code of a run that ended well: a dry run with `--exit-code` tells by it whether there is something to change.
 * What only GitLab, a registry, or an engine could tell counts as a change, since a dry run does not ask.
 */
export const dryRunCode = (
  { dryRun, exitsByChanges }: Pick<Invocation, 'dryRun' | 'exitsByChanges'>,
  hasChanges: boolean,
): ExitCode => (dryRun && exitsByChanges && hasChanges ? exitCode.changes : exitCode.done);

/** The access token of a person, for what a runner's own token may not do. */
export const accessFlags = {
  accessToken: {
    flag: '--access-token',
    isSwitch: false,
    hint: 'TOKEN',
    doc: 'Access token with the scope manage_runner (or api)',
  },
  accessTokenFile: {
    flag: '--access-token-file',
    isSwitch: false,
    hint: 'FILE',
    doc: 'Read the access token from this file',
    offers: 'files',
  },
} as const satisfies Record<string, VerbOption>;

/** The flags that say how GitLab is reached, where the entry and the files beside it do not. */
export const reachNames: readonly CallName[] = ['tlsCaFile', 'tlsCertFile', 'tlsKeyFile'];

/**
 * Takes what the command line gave, and the variables of the settings that the command understands (`grammar.names`, or
 * `grammar.variables`). Throws a `Trouble` for values that do not fit.
 */
export async function takeInvocation(
  reading: Reading,
  world: World,
  { names = [], variables: fromEnv = names, table, command }: Grammar,
): Promise<Invocation> {
  const say = await speak(world, outputModeOf(reading, world.env));
  const known = gather(reading.words, world.env, { table, fromEnv, command });
  const { settings } = known;
  const { options, verbFlags, positionals } = reading;
  const asksNothing =
    isSwitchedOn(verbFlags, 'nonInteractive') || settings.nonInteractive || !world.isSomeoneThere;
  return {
    world,
    say,
    options,
    verbFlags,
    words: positionals,
    known,
    settings,
    mayAsk: !asksNothing && !say.mode.json,
    yes: isOn(reading, 'yes'),
    dryRun: isOn(reading, 'dryRun'),
    exitsByChanges: isOn(reading, 'exitCode'),
  };
}

/**
 * Takes what a command is given that works on runners of a config.toml, and finds that file. Throws a `Trouble` for values
 * that do not fit, and when two files are named.
 */
export async function openInvocation(
  reading: Reading,
  world: World,
  grammar: Grammar,
): Promise<ConfigInvocation> {
  const invocation = await takeInvocation(reading, world, grammar);
  const { say, known, verbFlags } = invocation;
  warnOfHostsFile(invocation);
  if (verbFlags.token !== undefined)
    say.note(visibleWords(['--token'], 'the name or position of the runner'));
  const file = await findConfig(known, world, say);
  return { ...invocation, ...file, selectors: selectorsOf(verbFlags) };
}

/** Takes what a command is given that writes config.toml, as `openInvocation` does; warns where another file is in use. */
export async function openToWrite(
  reading: Reading,
  world: World,
  grammar: Grammar,
): Promise<ConfigInvocation> {
  const invocation = await openInvocation(reading, world, grammar);
  await warnOfOtherFile(invocation, world, invocation.say);
  return invocation;
}

/** Warns when the hosts file that a variable names cannot be read. */
export function warnOfHostsFile({ world, say }: Pick<Invocation, 'world' | 'say'>): void {
  const fault = hostsFileFault(world);
  if (fault !== undefined) say.warn(fault);
}

// Those that gitlab-runner takes, too, without naming them.
const knownLevels: readonly string[] = [...logLevels, 'warning', 'trace'];

/** How much is said, by the options and gitlab-runner's `--log-level`. */
function outputModeOf({ options, words }: Pick<Reading, 'options' | 'words'>, env: World['env']): OutputMode {
  const on = (name: keyof Reading['options']) => name in options && isYes(options[name]);
  const level = options.logLevel;
  if (level !== undefined && !knownLevels.includes(level.toLowerCase()))
    throw misuse(`--log-level: "${level}" is not a log level.`, `Use one of ${logLevels.join(', ')}.`);
  return {
    json: on('json'),
    quiet: on('quiet') || level === 'error' || level === 'fatal' || level === 'panic',
    verbose: on('verbose') || on('debug') || level === 'debug',
    debug: on('debug') || level === 'debug' || isYes(env.RUNNER_DEBUG || 'false'),
    color: 'color' in options ? isYes(options.color) : undefined,
    environment: words.showEnvironment !== undefined && isYes(words.showEnvironment.at(-1)),
  };
}

/** Whether a switch of the program was given. */
const isOn = ({ options }: Pick<Reading, 'options'>, name: keyof Reading['options']): boolean =>
  name in options && isYes(options[name]);

/** Whether a switch of the command was given, and not with `false`. */
export function isSwitchedOn(verbFlags: Reading['verbFlags'], name: string): boolean {
  const word = verbFlags[name]?.at(-1);
  return word !== undefined && isYes(word);
}

/** The last word that a flag of the command was given. */
export const wordOf = (verbFlags: Reading['verbFlags'], name: string): string | undefined =>
  verbFlags[name]?.at(-1) || undefined;

/** How a plan is shown: as the result of a dry run, to a person who is going to be asked, or by the way. */
export const channelOf = ({ dryRun, mayAsk, yes }: Pick<Invocation, 'dryRun' | 'mayAsk' | 'yes'>): Channel =>
  dryRun ? 'result' : mayAsk && !yes ? 'propose' : 'talk';

/** The access token that was given: by a flag (gitlab-runner's is `--pat`), a file or a variable; hidden from now on. */
export function accessTokenOf({
  verbFlags,
  say,
  world,
}: Pick<Invocation, 'verbFlags' | 'say' | 'world'>): string | undefined {
  const { pat, accessToken, accessTokenFile } = verbFlags;
  const flagged = [...(pat ?? []), ...(accessToken ?? [])];
  if (flagged.length > 0) {
    const name = pat === undefined ? '--access-token' : '--pat';
    say.note(visibleWords([name], '--access-token-file or the environment'));
  }
  refuseContradiction(flagged);
  const words = {
    ...(flagged.length > 0 && { accessToken: flagged }),
    ...(accessTokenFile !== undefined && { accessTokenFile }),
  };
  const known = gather(words, world.env, { fromEnv: ['accessToken', 'accessTokenFile'] });
  readAccessToken(known, world);
  const token = known.settings.accessToken || undefined;
  if (token !== undefined) say.hide([token]);
  return token;
}

/** What is thrown for wrong use. */
export const misuse = (message: string, hint: string): Trouble =>
  new Trouble(message, { hint, code: exitCode.usage });

/** Prints the help of a command (`verb`, as it is typed) when it was asked for. */
export async function helpIfAsked(
  reading: Reading,
  world: World,
  grammar: Grammar,
  verb: string,
  help: Help,
): Promise<ExitCode | undefined> {
  const { options } = reading;
  if (!('help' in options) && !('helpAll' in options)) return undefined;
  const { showHelp } = await import('./show-help.ts');
  return showHelp(reading, world, grammar, verb, help);
}

function selectorsOf(verbFlags: Reading['verbFlags']): Selectors {
  const [name, url, token, id] = ['name', 'url', 'token', 'id'].map((key) => verbFlags[key]?.at(-1));
  if (id !== undefined && !/^\d+$/.test(id))
    throw misuse(`--id ${id} is not a number.`, 'Use a number, such as --id 42.');
  // An empty one selects nothing, as with gitlab-runner: a variable that is unset must not name a runner.
  return {
    ...(name && { name }),
    ...(url && { url }),
    ...(token && { token }),
    ...(id !== undefined && { id: Number(id) }),
  };
}
