import { exitCode, Trouble } from '../errors.ts';
import { type Credential, credentialOf } from '../settings/credential.ts';
import type { Gathered } from '../settings/gather.ts';
import { secretsOfProxy } from '../settings/proxy.ts';
import { secretNames } from '../settings/table.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { learnToken, oneLine, readAccessToken, readToken } from './token-files.ts';

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
