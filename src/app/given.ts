import { hostsFileFault } from '../host/names.ts';
import { type Credential, credentialOf } from '../settings/credential.ts';
import { appliesTo } from '../settings/executors.ts';
import { type Gathered, gather, shellVariables } from '../settings/gather.ts';
import { isYes } from '../settings/kinds.ts';
import { masker } from '../settings/mask.ts';
import { secretsOfProxy } from '../settings/proxy.ts';
import { secretNames, table } from '../settings/table.ts';
import type { Reading } from '../terminal/options.ts';
import type { Manner, Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { readTokens } from './tokens.ts';

/** What the command line and the environment gave: the settings, the options and the one token. */
export interface Given {
  readonly known: Gathered;
  readonly options: Reading['options'];
  readonly credential: Credential | undefined;
  /** Whether questions may be asked. */
  readonly mayAsk: boolean;
}

/** Gathers what was given; tokens in files and on standard input are read, and all secrets are hidden from now on. */
export async function takeGiven(
  world: World,
  say: Say,
  { words, options, positionals }: Reading,
): Promise<Given> {
  const known = gather(words, world.env);
  await readTokens(known, world);
  say.hide(masker(secretNames.flatMap((name) => (known.settings[name] as string | undefined) ?? [])));
  say.hide(masker(secretsOfProxy(known.settings.proxy)));
  const fault = hostsFileFault(world);
  if (fault !== undefined) say.warn(fault);
  if (positionals.length > 0) say.warn(`Ignored: ${positionals.map((word) => `"${word}"`).join(' ')}.`);
  return {
    known,
    options,
    credential: credentialOf(known),
    mayAsk: world.isSomeoneThere && !known.settings.nonInteractive && !('json' in options),
  };
}

/** How much is said, by the options and gitlab-runner's `--log-level`. */
export function mannerOf({ options }: Pick<Reading, 'options'>, env: World['env']): Manner {
  const on = (name: keyof Reading['options']) => name in options && isYes(options[name]);
  const level = options.logLevel;
  return {
    json: on('json'),
    quiet: on('quiet') || level === 'error' || level === 'fatal' || level === 'panic',
    verbose: on('verbose') || on('debug') || level === 'debug',
    debug: on('debug') || level === 'debug' || isYes(env.RUNNER_DEBUG || 'false'),
    color: 'color' in options ? isYes(options.color) : undefined,
  };
}

/** Whether a switch of the program was given. */
export const isOn = ({ options }: Pick<Given, 'options'>, name: keyof Reading['options']): boolean =>
  name in options && isYes(options[name]);

/** Notes each variable that gitlab-runner would have written into the file without a word. */
export function noteShellVariables(world: World, say: Say, { known }: Pick<Given, 'known'>): void {
  for (const { name, variable } of shellVariables(world.env)) {
    const { flag, toml = '' } = table[name];
    if (known.settings[name] !== undefined || !appliesTo(toml, known.settings.executor ?? '')) continue;
    say.note(
      `${variable} is set in this shell and was not taken over; give ${flag} to write it into the file.`,
    );
  }
}
