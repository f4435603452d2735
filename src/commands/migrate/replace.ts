import { textAfter } from '../../app/config-file.ts';
import { askGitlab, atGitlab, connectionOf, infoOf } from '../../app/connection.ts';
import type { Interrupt } from '../../app/interrupt.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { replaceConfig } from '../../app/save.ts';
import { equip, retire } from '../../app/succession.ts';
import { keysInConfig, putToken } from '../../app/token-place.ts';
import { leftOpen, openUnsaved, type UnsavedFile } from '../../app/unsaved-file.ts';
import { type Table, textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { unlessGone } from '../../gitlab/refusals.ts';
import type { Registered } from '../../gitlab/replies.ts';
import { systemIdFor } from '../../host/system-id.ts';
import { renewalOf, tokenKeys } from '../../runner/plan.ts';
import { foundAgain, nameWithUrl, tokenOf } from '../../runner/select.ts';
import type { Successor } from './successor.ts';

/** How it went with one runner; `unfinished` has its new runner, but the old one is still as it was. */
export interface Replacement {
  readonly successor: Successor;
  readonly outcome: 'migrated' | 'unfinished' | 'failed' | 'skipped';
  /** The ID of the new runner. */
  readonly id?: number | undefined;
  readonly trouble?: Trouble;
}

/**
 * Creates the new runner, gives it what the old one had, and verifies it; puts its token into config.toml, and retires the
 * old one. What fails before config.toml has the token is taken back at GitLab.
 */
export async function replaceRunner(
  invocation: ConfigInvocation,
  successor: Successor,
  accessToken: string,
  interrupt: Interrupt,
): Promise<Replacement> {
  const work: Work = { invocation, successor, accessToken, interrupt };
  try {
    await putInPlace(work);
  } catch (error) {
    const trouble = await takenBack(work, error);
    if (work.made === undefined && interrupt.wanted) return { successor, outcome: 'skipped' };
    return { successor, outcome: 'failed', trouble };
  }
  return retireOld(work);
}

interface Work {
  readonly invocation: ConfigInvocation;
  readonly successor: Successor;
  readonly accessToken: string;
  readonly interrupt: Interrupt;
  /** What GitLab answered, and the file that holds it until all is done. */
  made?: Registered;
  file?: UnsavedFile;
  /** Whether the file of a variable has the new token. */
  isPut?: boolean;
}

async function putInPlace(work: Work): Promise<void> {
  const { invocation, successor, interrupt } = work;
  const { entries, place } = successor;
  const { path, world } = invocation;
  const isWaiting = new AbortController();
  interrupt.first.addEventListener('abort', () => work.file ?? isWaiting.abort(interrupt.first.reason));
  const edit = async (config: Config | undefined) => {
    const found = config === undefined ? [] : foundAgain(config.runners, entries.all, true);
    if (found.length === 0)
      throw new Trouble(`The runner is no longer in ${path}. The file was changed in the meantime.`);
    const after = (keys: Table) => textAfter(config, renewalOf(found, keysInConfig(keys, place)));
    if (work.made === undefined) {
      await after(keysOf({ id: 1, token: 'new', expiresAt: null }, world.now()));
      await create(work, found[0]!.runner);
    }
    if (place !== undefined) {
      work.isPut = true;
      await putToken(invocation, place, work.made!.token);
    }
    return after(keysOf(work.made!, world.now()));
  };
  await replaceConfig(invocation, edit, { signal: isWaiting.signal });
}

const keysOf = (made: Registered, now: Date): Table => ({
  ...(made.id !== undefined && { id: made.id }),
  ...tokenKeys(made, now),
});

async function create(work: Work, runner: Table): Promise<void> {
  const { invocation, successor, accessToken, interrupt } = work;
  const { entries, body, place, succession } = successor;
  const { path, world } = invocation;
  const connection = connectionOf(invocation, entries.first, interrupt.signal);
  await askGitlab(invocation, `Migrating ${nameWithUrl(entries.first)}`, connection, async (gitlab) => {
    const file = openUnsaved(path, {
      runner: { name: textIn(runner, 'name'), url: textIn(runner, 'url') },
      asked: { call: 'create', body: { ...body } },
      replaced: textIn(runner, 'token'),
      place,
      succession,
    });
    work.file = file;
    const made = await gitlab.createRunner(accessToken, { ...body }, file.hear);
    work.made = made;
    if (!file.fill(keysOf(made, world.now())))
      throw new Trouble('The new token could not be saved.', {
        hint: 'Make room on the disk, then try again.',
      });
    const isMore = succession.projects.length > 0 || succession.isLocked;
    if (made.id !== undefined && isMore) await equip(gitlab, accessToken, made.id, succession);
    await verify(work, gitlab, made.token);
  });
}

async function verify({ invocation, successor }: Work, gitlab: Gitlab, token: string): Promise<void> {
  const { world, path } = invocation;
  const executor = textIn(successor.entries.first.runner, 'executor');
  const info = infoOf(world, executor === '' ? {} : { executor: executor as 'docker' }, true);
  await gitlab.verify({ token, system_id: systemIdFor(path, world.platform).id, info });
}

/** Takes back what was done before a failure; gives the failure, with what could not be taken back. */
async function takenBack(work: Work, error: unknown): Promise<Trouble> {
  const { invocation, successor, made, file } = work;
  const { place, entries } = successor;
  const trouble = error instanceof Trouble ? error : undefined;
  if (made === undefined) return unmade(error, file);
  const now = invocation.world.now();
  try {
    // No later run is to put the token of a runner that is deleted into config.toml.
    file?.fill({});
    if (place && work.isPut)
      await putToken(invocation, place, tokenOf(entries.first.runner, invocation.world.env));
    const connection = { ...connectionOf(invocation, entries.first), ...cleaning };
    await atGitlab(connection, (gitlab) => gitlab.removeRunner(made.token).catch(unlessGone));
    file?.remove();
  } catch (failure) {
    file?.fill(keysOf(made, now));
    file?.close();
    return new Trouble(
      `The new runner ${made.id ?? ''} could not be deleted again. Its token is in ${file?.path}`,
      {
        why: `${wordsOf(error)} ${wordsOf(failure)}`,
        hint: 'Fix the problem, then finish the migration: runner-setup migrate --access-token-file FILE',
        cause: error,
      },
    );
  }
  if (trouble === undefined) throw error;
  return trouble;
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// Where nobody knows whether GitLab created the runner, what was asked stays for the next run.
function unmade(error: unknown, file: UnsavedFile | undefined): Trouble {
  const open = leftOpen(error);
  if (open === undefined) file?.remove();
  else file?.close();
  if (!(error instanceof Trouble)) throw error;
  return open ?? error;
}

/** How long and how often it is tried to take something back. */
const cleaning = { attempts: 3, timeouts: { connect: 5000, answer: 15_000 } };

// From here on the new runner works: what fails now is done by the next run.
async function retireOld(work: Work): Promise<Replacement> {
  const { invocation, successor, accessToken, interrupt, file, made } = work;
  const { entries, succession } = successor;
  const oldToken = tokenOf(entries.first.runner, invocation.world.env);
  try {
    const connection = connectionOf(invocation, entries.first, interrupt.signal);
    await atGitlab(connection, (gitlab) => retire(gitlab, accessToken, succession, oldToken));
    file?.remove();
    return { successor, outcome: 'migrated', id: made?.id };
  } catch (error) {
    file?.close();
    const why = error instanceof Trouble ? `${error.message} ${error.why ?? ''}`.trim() : wordsOf(error);
    const trouble = new Trouble(`The old runner ${succession.oldId} is still active in GitLab.`, {
      why,
      hint: 'Fix the problem, then finish the migration: runner-setup migrate --access-token-file FILE',
      code: error instanceof Trouble ? error.code : exitCode.failed,
      cause: error,
    });
    return { successor, outcome: 'unfinished', id: made?.id, trouble };
  }
}
