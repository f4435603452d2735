import { type ExitCode, exitCode, Trouble } from '../errors.ts';
import { hostsFileFault } from '../host/names.ts';
import type { Selectors } from '../runner/selectors.ts';
import { refuseContradiction } from '../settings/credential.ts';
import { gather } from '../settings/gather.ts';
import { isYes } from '../settings/kinds.ts';
import { masker } from '../settings/mask.ts';
import { visibleWords } from '../settings/rules.ts';
import { type SettingName, type Settings, table } from '../settings/table.ts';
import type { Grammar, Reading, VerbOption } from '../terminal/options.ts';
import { type Say, speak } from '../terminal/say.ts';
import { fold } from '../text/wrap.ts';
import type { World } from '../world.ts';
import { findConfig } from './config-file.ts';
import { isOn, mannerOf } from './given.ts';
import { readAccessToken } from './tokens.ts';

/** What was asked of one of the commands about runners that the file has already. */
export interface Invocation {
  readonly world: World;
  readonly say: Say;
  /** config.toml. */
  readonly path: string;
  readonly settings: Settings;
  /** What people call the runners: `#2`, a name, an id, the beginning of a token. */
  readonly words: readonly string[];
  readonly selectors: Selectors;
  readonly verbFlags: Reading['verbFlags'];
  readonly mayAsk: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/** The flags of gitlab-runner's own commands that say which runner is meant. */
export const selectorFlags = {
  name: {
    flag: '--name',
    short: '-n',
    isSwitch: false,
    hint: 'NAME',
    doc: 'The runner with this name',
    offers: 'names',
  },
  url: {
    flag: '--url',
    short: '-u',
    isSwitch: false,
    hint: 'URL',
    doc: 'Only runners of this GitLab',
    offers: 'urls',
  },
} as const satisfies Record<string, VerbOption>;

/** Selects by token, as gitlab-runner's verify and unregister do. */
export const tokenFlag = {
  token: { flag: '--token', short: '-t', isSwitch: false, hint: 'TOKEN', doc: 'The runner with this token' },
} as const satisfies Record<string, VerbOption>;

/** Ends the questions; `-n` is the name here, as in gitlab-runner's own commands. */
export const quietFlag = {
  nonInteractive: { flag: '--non-interactive', isSwitch: true, doc: 'Never ask questions' },
} as const satisfies Record<string, VerbOption>;

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
export const reachNames: readonly SettingName[] = ['tlsCaFile', 'tlsCertFile', 'tlsKeyFile'];

/** Takes what the command line and the variables of its settings gave. */
export async function openInvocation(
  reading: Reading,
  world: World,
  { names = [] }: Grammar,
): Promise<Invocation> {
  const say = await speak(world, mannerOf(reading, world.env));
  const known = gather(reading.words, variablesOf(names, world.env));
  const { settings } = known;
  const { verbFlags } = reading;
  const fault = hostsFileFault(world);
  if (fault !== undefined) say.warn(fault);
  if (verbFlags.token !== undefined)
    say.note(visibleWords(['--token'], 'the name or the position of the runner'));
  const asksNothing =
    isSwitchedOn(verbFlags, 'nonInteractive') || settings.nonInteractive || !world.isSomeoneThere;
  return {
    world,
    say,
    path: (await findConfig(known, world, say)).path,
    settings,
    words: reading.positionals,
    selectors: selectorsOf(verbFlags),
    verbFlags,
    mayAsk: !asksNothing && !say.manner.json,
    yes: isOn(reading, 'yes'),
    dryRun: isOn(reading, 'dryRun'),
  };
}

/** Whether a switch of the command was given, and not with `false`. */
export function isSwitchedOn(verbFlags: Reading['verbFlags'], name: string): boolean {
  const word = verbFlags[name]?.at(-1);
  return word !== undefined && isYes(word);
}

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
  const known = gather(words, variablesOf(['accessToken', 'accessTokenFile'], world.env));
  readAccessToken(known, world);
  const token = known.settings.accessToken || undefined;
  if (token !== undefined) say.hide(masker([token]));
  return token;
}

/** Breaks a long sentence between its words where it goes to a terminal. */
export function folded(stream: NodeJS.WriteStream, text: string): string {
  return stream.isTTY ? fold(text, stream.columns ?? 80, 3) : text;
}

/** What is thrown for wrong use. */
export const misuse = (message: string, hint: string): Trouble =>
  new Trouble(message, { hint, code: exitCode.usage });

/** Prints the help of a command when it was asked for. */
export async function helpIfAsked(
  { options }: Reading,
  world: World,
  grammar: Grammar,
  words: { line: string; usage: string; examples: readonly string[] },
): Promise<ExitCode | undefined> {
  if (!('help' in options) && !('helpAll' in options)) return undefined;
  const { verbHelp } = await import('../terminal/help.ts');
  world.stdout.write(verbHelp(words, grammar));
  return exitCode.done;
}

// Variables of settings that this command does not take are none of its business.
const variablesOf = (names: readonly SettingName[], env: World['env']): World['env'] =>
  Object.fromEntries(
    names.flatMap((name) => {
      const variable = table[name].env;
      return variable === undefined ? [] : [[variable, env[variable]]];
    }),
  );

function selectorsOf(verbFlags: Reading['verbFlags']): Selectors {
  const [name, url, token, id] = ['name', 'url', 'token', 'id'].map((key) => verbFlags[key]?.at(-1));
  if (id !== undefined && !/^\d+$/.test(id)) throw misuse(`--id ${id} is not a number.`, 'Write --id 42.');
  return {
    ...(name !== undefined && { name }),
    ...(url !== undefined && { url }),
    ...(token !== undefined && { token }),
    ...(id !== undefined && { id: Number(id) }),
  };
}
