import { type Table, textIn } from '../config/model.ts';
import type { Config } from '../config/read.ts';
import { inspectFile, readFound } from '../config/read-file.ts';
import { replaceFile } from '../config/replace-file.ts';
import { exitCode, Trouble } from '../errors.ts';
import { type Entries, tokenOf } from '../runner/select.ts';
import type { Say } from '../terminal/say.ts';
import { isPlainEnvValue, valueInEnvFile, withEnvValue } from '../text/env-file.ts';
import { isReference } from '../text/secrets.ts';
import type { Env, World } from '../world.ts';
import type { ConfigInvocation } from './invocation.ts';
import { replacing } from './save.ts';

/** The variable that config.toml names instead of a token, and the file that has its value. */
export interface TokenPlace {
  readonly variable: string;
  readonly file: string;
  /** Whether the file is only written, and somebody else brings the token to gitlab-runner. */
  readonly isOutput?: boolean;
}

/** The environment files of a run. */
export interface EnvFiles {
  /** Those that gitlab-runner reads, the last of which wins. */
  readonly read: readonly { readonly path: string; readonly text: string }[];
  /** One that is only written; made when it is not there. */
  readonly output: string | undefined;
}

/** Reads environment files, and warns of those that everybody may read. Throws when one is not there or cannot be read. */
export function openEnvFiles(say: Say, paths: readonly string[], output: string | undefined): EnvFiles {
  const read = paths.map((path) => {
    const { text, warnings } = readFound(path, '--environment-file');
    if (text === undefined) throw new Trouble(`The file ${path} does not exist.`, { code: exitCode.usage });
    for (const warning of warnings) say.warn(warning);
    return { path, text };
  });
  return { read, output };
}

/**
 * Where the token of a runner is kept that config.toml names by a variable: the output file, else the last of the files
 * that sets the variable. Nothing for a token that config.toml itself has. Throws a `Trouble` for a variable that no file
 * sets, one that is only part of the token, a file that cannot be written, and entries that keep the token in several places.
 */
export function placeOfToken({ first, all }: Entries, files: EnvFiles): TokenPlace | undefined {
  const place = placeIn(first.runner, files);
  // A new token goes to one place only, and the old one works no longer.
  const other = all.find(({ runner }) => !isSamePlace(placeIn(runner, files), place));
  if (other === undefined) return place;
  const [here, there] = [first, other].map(({ runner }) => sourceOf(runner));
  throw new Trouble(
    `The token is in ${here}, but #${other.at + 1} has the same token in ${there}. A new token can only be saved in one place.`,
    {
      hint: 'Use the same variable in all entries that have this token, or the token itself in all of them.',
      code: exitCode.usage,
    },
  );
}

const isSamePlace = (one: TokenPlace | undefined, other: TokenPlace | undefined): boolean =>
  one?.variable === other?.variable && one?.file === other?.file;

function sourceOf(runner: Table): string {
  const [variable] = variablesIn(textIn(runner, 'token'));
  return variable === undefined ? 'config.toml' : `the variable ${variable}`;
}

function placeIn(runner: Table, { read, output }: EnvFiles): TokenPlace | undefined {
  const token = textIn(runner, 'token');
  const [variable, ...more] = variablesIn(token);
  if (variable === undefined) return undefined;
  if (!isReference(token) || more.length > 0)
    throw new Trouble(`Only a part of the token is a variable (${[variable, ...more].join(', ')}).`, {
      hint: 'Use one variable for the whole token, such as token = "${RUNNER_TOKEN}".',
    });
  const source = read.findLast(({ text }) => valueInEnvFile(text, variable) !== undefined)?.path;
  const file = output ?? source;
  if (file === undefined) throw unset(variable, read);
  inspectFile(file, output === undefined ? '--environment-file' : '--token-output');
  return { variable, file, isOutput: output !== undefined };
}

function unset(variable: string, read: EnvFiles['read']): Trouble {
  const files = read.map(({ path }) => path).join(' or ');
  return new Trouble(
    files === ''
      ? `The token is in the variable ${variable}, and not in config.toml.`
      : `${variable} is not set in ${files}.`,
    {
      hint: `Name the file that sets ${variable}: --environment-file FILE. Or write the new token to another file: --token-output FILE`,
      code: exitCode.usage,
    },
  );
}

/** The names of the variables in a text. */
const variablesIn = (text: string): string[] =>
  [...text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)].map(([, braced, bare]) => braced ?? bare!);

/** An invocation whose environment has the variables that tokens and URLs of runners name, as the files set them; the tokens are hidden from now on. */
export function withEnvFiles(
  invocation: ConfigInvocation,
  config: Config | undefined,
  files: EnvFiles,
): ConfigInvocation {
  const { world, say } = invocation;
  const runners = config?.runners ?? [];
  const env = envWithFiles(world.env, runners, files);
  say.hide(runners.map((runner) => tokenOf(runner, env)).filter((token) => token !== ''));
  return { ...invocation, world: { ...world, env } };
}

function envWithFiles(env: Env, runners: readonly Table[], { read }: EnvFiles): Env {
  const texts = runners.flatMap((runner) => ['url', 'token'].map((key) => textIn(runner, key)));
  const names = [...new Set(texts.flatMap(variablesIn))];
  const found = read.flatMap(({ text }) => names.map((name) => [name, valueInEnvFile(text, name)] as const));
  return { ...env, ...Object.fromEntries(found.filter(([, value]) => value !== undefined)) };
}

/**
 * Writes a token into the file of its variable, whole or not at all, with owner and mode as before; a new file is its
 * owner's alone. No version with the old token is kept. Throws what the disk says.
 */
export async function putToken(
  { world, say }: { world: World; say: Say },
  { file, variable }: TokenPlace,
  token: string,
): Promise<void> {
  if (!isPlainEnvValue(token))
    throw new Trouble(`The new token has characters that ${file} cannot hold.`, {
      hint: `Set ${variable} in ${file} manually.`,
    });
  const decide = ({ text = '' }: { text: string | undefined }) => withEnvValue(text, variable, token);
  await replaceFile(file, decide, { ...replacing(world, say, file), keep: () => undefined });
}

/** The keys of a new token that go into config.toml: all but the token where that is kept in another file. */
export function keysInConfig(keys: Table, place: TokenPlace | undefined): Table {
  if (place === undefined) return keys;
  const { token: _, ...rest } = keys;
  return rest;
}

/** Warns that gitlab-runner goes on with old tokens, which no longer work, until it starts again. */
export function tellNextStart(say: Say, places: readonly TokenPlace[]): void {
  const files = new Map(places.map((place) => [place.file, place]));
  for (const { file, variable, isOutput } of files.values())
    say.warn(
      isOutput
        ? `Set ${variable} for gitlab-runner to the token in ${file}, then restart it. Until then it uses a token that no longer works.`
        : `gitlab-runner reads ${file} only when it starts. Restart it, because it uses a token that no longer works.`,
    );
}
