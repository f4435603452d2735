import { exitCode, Trouble } from '../errors.ts';
import { completePath, readText } from '../host/places.ts';
import { type Credential, credentialOf, isQuoted, refuseContradiction } from '../settings/credential.ts';
import { type Gathered, learn, type Source } from '../settings/gather.ts';
import { secretsOfProxy } from '../settings/proxy.ts';
import { secretNames } from '../settings/table.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';

/**
 * Reads the tokens that stand in files or on standard input into the settings that were given, and hides all secrets
 * from now on. Gives the one token; throws a `Trouble` for two that contradict each other.
 */
export async function takeCredential({
  known,
  world,
  say,
}: {
  known: Gathered;
  world: World;
  say: Say;
}): Promise<Credential | undefined> {
  await readTokens(known, world);
  say.hide(secretNames.flatMap((name) => (known.settings[name] as string | undefined) ?? []));
  say.hide(secretsOfProxy(known.settings.proxy));
  return credentialOf(known);
}

async function readTokens(known: Gathered, world: World): Promise<void> {
  const { tokenFile, tokenStdin } = known.settings;
  if (tokenFile !== undefined && tokenStdin) {
    throw new Trouble('--token-file and --token-stdin cannot be combined.', {
      code: exitCode.usage,
    });
  }
  if (tokenFile !== undefined) learnToken(known, 'token', readToken(tokenFile, 'token file', world), 'file');
  if (tokenStdin) learnToken(known, 'token', oneLine(await world.readStdin(), 'Standard input'), 'file');
  readAccessToken(known, world);
}

/** Reads the file of the access token, when one was named, into what was gathered; throws when it is not the one of the flag. */
export function readAccessToken(known: Gathered, world: World): void {
  const { accessTokenFile } = known.settings;
  if (accessTokenFile === undefined) return;
  // A flag beats a variable, also one that names a file.
  const isVariable = known.sources.get('accessTokenFile') === 'environment';
  if (isVariable && known.sources.get('accessToken') === 'flag') return;
  const token = readToken(accessTokenFile, 'access token file', world);
  learnToken(known, 'accessToken', token, isVariable ? 'environment' : 'file');
}

function learnToken(known: Gathered, name: 'token' | 'accessToken', token: string, source: Source): void {
  if (known.sources.get(name) === 'flag') refuseContradiction([known.settings[name]!, token]);
  learn(known, name, token, source);
}

function readToken(file: string, what: string, world: World): string {
  return oneLine(readText(completePath(file, world), what), `The ${what} ${file}`);
}

function oneLine(text: string, where: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [line = ''] = lines.map((one) => one.trim());
  const name = /^(?:export\s+)?([A-Za-z]\w*)\s*[=:]\s*(?=\S)/.exec(line)?.[1];
  const wrong =
    lines.length > 1
      ? 'more than one line'
      : line === ''
        ? 'no token'
        : name !== undefined
          ? `${name}= before the token`
          : isQuoted(line)
            ? 'quotes around the token'
            : undefined;
  if (wrong === undefined) return line;
  throw new Trouble(`${where} contains ${wrong}.`, {
    hint: 'Keep only the token, on one line.',
    code: exitCode.usage,
  });
}
