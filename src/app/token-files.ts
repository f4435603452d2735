import { exitCode, Trouble } from '../errors.ts';
import { completePath, readText } from '../host/places.ts';
import { isQuoted, refuseContradiction } from '../settings/credential.ts';
import { type Gathered, learn, type Source } from '../settings/gather.ts';
import type { World } from '../world.ts';

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

/** Adds a token to what was gathered; throws when a flag has given another one. */
export function learnToken(
  known: Gathered,
  name: 'token' | 'accessToken',
  token: string,
  source: Source,
): void {
  if (known.sources.get(name) === 'flag') refuseContradiction([known.settings[name]!, token]);
  learn(known, name, token, source);
}

/** The token in a file; `what` names the file for people. Throws for a file that holds anything else. */
export function readToken(file: string, what: string, world: World): string {
  return oneLine(readText(completePath(file, world), what), `The ${what} ${file}`);
}

/** The token in a text of one line; `where` names the text for people. Throws for anything else. */
export function oneLine(text: string, where: string): string {
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
