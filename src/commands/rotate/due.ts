import { atGitlab, connectionOf, infoOf } from '../../app/connection.ts';
import { interruptible } from '../../app/interrupt.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import type { RenewRequest } from '../../app/renewal.ts';
import { type EnvFiles, placeOfToken } from '../../app/token-place.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { systemIdFor } from '../../host/system-id.ts';
import { dayOf, type Entries, expiryOf, idOf, nameWithUrl, tokenOf } from '../../runner/select.ts';
import { spin } from '../../terminal/spin.ts';
import type { RotateRequest } from './request.ts';

/** A token that is to be rotated, and what is known of its end. */
export interface DueToken extends RenewRequest {
  readonly expiresAt: Date | undefined;
  /** Whether GitLab does not accept it any more. */
  readonly isRefused: boolean;
}

/** What config.toml, or GitLab, tells of the end of a token. */
interface TokenState {
  readonly expiresAt: Date | undefined;
  readonly isRefused: boolean;
  readonly id: number | undefined;
}

/**
 * Finds the tokens that are to be rotated: with an access token GitLab is asked for their ends, else config.toml counts.
 * What stands in the way of one is part of it.
 */
export async function dueTokens(
  invocation: ConfigInvocation,
  all: readonly Entries[],
  request: RotateRequest,
  how: { files: EnvFiles; accessToken: string | undefined },
): Promise<DueToken[]> {
  const states = how.accessToken === undefined ? all.map(stateInFile) : await askStates(invocation, all);
  const latest = invocation.world.now().getTime() + request.within;
  return all.flatMap((entries, at): DueToken[] => {
    const state = states[at]!;
    const { expiresAt, isRefused } = state;
    const isSoon = expiresAt !== undefined && expiresAt.getTime() <= latest;
    if (!request.isForced && !isSoon && !isRefused) return [];
    return [{ entries, ...state, ...wayOf(invocation, entries, state, how) }];
  });
}

const stateInFile = ({ first: { runner } }: Entries): TokenState => ({
  expiresAt: expiryOf(runner),
  isRefused: false,
  id: idOf(runner),
});

async function askStates(invocation: ConfigInvocation, all: readonly Entries[]): Promise<TokenState[]> {
  const { world, say, path } = invocation;
  const system = systemIdFor(path, world.platform);
  // Asked with an id made up here, GitLab would note a machine that does not exist.
  if (!system.isKept && system.id.startsWith('r_')) return all.map(stateInFile);
  return interruptible(world, say, 0, ({ signal }) =>
    spin(world, say, 'Asking GitLab when tokens expire', async () => {
      const states: TokenState[] = [];
      for (const entries of all) states.push(await askState(invocation, entries, system.id, signal));
      return states;
    }),
  );
}

async function askState(
  invocation: ConfigInvocation,
  entries: Entries,
  systemId: string,
  signal: AbortSignal,
): Promise<TokenState> {
  const { world } = invocation;
  const known = stateInFile(entries);
  const token = tokenOf(entries.first.runner, world.env);
  if (token === '') return known;
  const body = { token, system_id: systemId, info: infoOf(world, {}, false) };
  try {
    const connection = connectionOf(invocation, entries.first, signal);
    const { id, expiresAt } = await atGitlab(connection, (gitlab) => gitlab.verify(body));
    const end = expiresAt === null ? undefined : new Date(expiresAt);
    return { expiresAt: end ?? known.expiresAt, isRefused: false, id: known.id ?? id };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Trouble)) throw error;
    // Whatever else is wrong shows when the new token is asked for.
    return { ...known, isRefused: error.code === exitCode.refused };
  }
}

/** Where the new token goes, or what stands in the way. */
function wayOf(
  { world }: ConfigInvocation,
  entries: Entries,
  { expiresAt, id }: TokenState,
  { files, accessToken }: { files: EnvFiles; accessToken: string | undefined },
): Pick<RenewRequest, 'place' | 'trouble'> {
  const { at, runner } = entries.first;
  try {
    const place = placeOfToken(entries, files);
    const isById = accessToken !== undefined && id !== undefined;
    if (!isById && tokenOf(runner, world.env) === '')
      throw new Trouble('The present token is not known here.', {
        hint: 'Use the file that sets the variable: --environment-file FILE. Or use an access token: --access-token-file FILE',
      });
    if (!isById && expiresAt !== undefined && expiresAt <= world.now())
      throw expired(at, expiresAt, accessToken);
    return { place };
  } catch (error) {
    if (error instanceof Trouble) return { trouble: error };
    throw error;
  }
}

const expired = (at: number, end: Date, accessToken: string | undefined): Trouble =>
  new Trouble(`The token expired on ${dayOf(end)}.`, {
    why: 'Only an access token can renew an expired token, by the ID of the runner.',
    hint:
      accessToken === undefined
        ? 'Add an access token with the scope manage_runner (or api): --access-token-file FILE'
        : `Set the ID of the runner, as GitLab shows it: runner-setup edit "#${at + 1}" --set id=ID`,
    code: exitCode.refused,
  });

/** What happens to a token, in a sentence. */
export function sentenceOf({ entries, place, expiresAt, isRefused }: DueToken, now: Date): string {
  const { first, all } = entries;
  const end =
    expiresAt !== undefined
      ? ` The old one ${expiresAt <= now ? 'expired' : 'expires'} on ${dayOf(expiresAt)}.`
      : isRefused
        ? ' GitLab no longer accepts the old one.'
        : '';
  const where = place === undefined ? '' : ` It is written to ${place.file} as ${place.variable}.`;
  const others = all.filter(({ at }) => at !== first.at).map(({ at }) => `#${at + 1}`);
  const copies = others.length === 0 ? '' : ` The same token is replaced in ${others.join(', ')}.`;
  return `${nameWithUrl(first)} gets a new token.${end}${where}${copies}`;
}
