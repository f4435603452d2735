import type { Table } from '../config/model.ts';
import type { Connection } from '../gitlab/connection.ts';
import { unlessGone } from '../gitlab/refusals.ts';
import type { Registered } from '../gitlab/replies.ts';
import type { Listener } from '../gitlab/request.ts';
import { identityOf, type Registration } from '../runner/block.ts';
import { atGitlab } from './connection.ts';
import type { Invocation } from './invocation.ts';
import type { Rollback } from './rollback.ts';
import { type Asked, leftOpen, openUnsaved, type UnsavedFile } from './unsaved-file.ts';

/** What GitLab is asked for that is to be saved in a config.toml the moment it answers. */
interface NewToken {
  /** config.toml, beside which the answer is held. */
  readonly path: string;
  readonly asked: Asked;
  /** The entry, all but what only GitLab tells. */
  readonly entry: Table;
  /** The token in config.toml that the new one replaces. */
  readonly replaced?: string;
}

/**
 * Asks GitLab (`ask`) for a runner or a new token of one, and holds its answer beside config.toml until the file that is
 * given back is removed: from the answer on, no kill loses it. A runner that was created is deleted when the run fails;
 * where nobody knows whether it was, what was asked stays for the next run.
 */
export async function makeSafely(
  { world }: Pick<Invocation, 'world'>,
  { path, asked, entry, replaced }: NewToken,
  connection: Connection,
  rollback: Rollback,
  ask: (hears: Listener) => Promise<Registered>,
): Promise<{ readonly registration: Registration; readonly file: UnsavedFile }> {
  const file = openUnsaved(path, { runner: entry, asked, ...(replaced !== undefined && { replaced }) });
  let isOpen = false;
  rollback.undoBy({
    what: file.path,
    remains: `${file.path} still exists.`,
    isSilent: true,
    run: async () => (isOpen ? file.close() : file.remove()),
  });
  const made = await ask(file.hear).catch((error: unknown) => {
    // Of a reset another one is the way out.
    const open = asked.call === 'reset' ? undefined : leftOpen(error);
    isOpen = open !== undefined;
    throw open ?? error;
  });
  const registration = registrationOf(made, world.now());
  file.fill(identityOf(registration));
  if (asked.call !== 'reset') undoCreation(made, connection, rollback, file);
  rollback.check();
  return { registration, file };
}

function undoCreation(
  { id, token }: Registered,
  { signal: _, ...connection }: Connection,
  rollback: Rollback,
  file: UnsavedFile,
): void {
  const cleaning = { attempts: 3, timeouts: { connect: 5000, answer: 15_000 } };
  rollback.undoBy({
    what: `the runner ${id} in GitLab`,
    remains: `The runner ${id} still exists at ${connection.url}. Delete it there.`,
    run: async (signal) => {
      // No later run is to put it into config.toml.
      file.fill({});
      await atGitlab({ ...connection, ...cleaning, signal }, (gitlab) =>
        gitlab.removeRunner(token).catch(unlessGone),
      );
    },
  });
}

/** What GitLab told of a runner at this moment. */
export const registrationOf = ({ id = 0, token, expiresAt }: Registered, now: Date): Registration => ({
  id,
  token,
  obtainedAt: `${now.toISOString().slice(0, 19)}Z`,
  expiresAt: expiresAt ?? undefined,
});
