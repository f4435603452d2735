import { dirname, join } from 'node:path';
import { version } from '../../../package.json';
import { exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { systemIdFor } from '../../host/system-id.ts';
import { idOf } from '../../runner/select.ts';
import { quote } from '../../text/shell-quote.ts';
import { atGitlab, connectionOf } from '../connection.ts';
import type { Blind, Evidence, Subject, Watch } from './evidence.ts';

/** The runner managers that GitLab lists: whether this machine has contacted it for the runner. Needs an access token. */
export const gitlabEvidence: Evidence = { open };

async function open(subject: Subject): Promise<Watch | Blind> {
  const { accessToken } = subject.settings;
  if (accessToken === undefined) return { why: 'There is no access token for GitLab.' };
  if (idOf(subject.entry.runner) === undefined) return { why: 'The id of the runner is not in config.toml.' };
  try {
    const { container } = subject.file;
    const who = container === undefined ? 'gitlab-runner' : `the container ${container.name}`;
    return {
      by: 'gitlab',
      who: 'GitLab',
      seen: 'The runner is online.',
      isEnough: true,
      look: await lookFor(subject, accessToken),
      unseen: () => ({
        why: `It has not contacted GitLab: ${who} is not running, uses a different file, or cannot reach GitLab.`,
        hint:
          container === undefined
            ? 'gitlab-runner status\nrunner-setup doctor'
            : `runner-setup container status --name ${quote(container.name)}`,
      }),
    };
  } catch (error) {
    // A token that may create runners need not be one that may look at them.
    if (!(error instanceof Trouble) || error.code !== exitCode.refused) throw error;
    return { why: error.message, isRefused: true };
  }
}

// GitLab notes each contact with the machine of a runner. Our own check of the token was one, too: it does not count.
async function lookFor(subject: Subject, accessToken: string): Promise<() => Promise<boolean>> {
  const { world, say, settings, file, entry, signal, isJustTold } = subject;
  const asker = { world, say, path: file.path, settings };
  const { id } = systemIdFor(join(dirname(file.path), 'config.toml'), world.platform);
  const ask = () =>
    atGitlab(connectionOf(asker, entry, signal), (gitlab) =>
      managerOf(gitlab, accessToken, idOf(entry.runner)!, id),
    );
  const first = await ask();
  let earliest = isJustTold && first.isOurs ? first.contact : undefined;
  earliest ??= isJustTold ? 0 : first.now - 60_000;
  return async () => {
    const last = await ask().catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    return last !== undefined && !last.isOurs && last.contact > earliest;
  };
}

interface Contact {
  /** When GitLab heard of this machine last; 0 where it did not. */
  readonly contact: number;
  /** What time it is at GitLab: the clock of this machine may be another one. */
  readonly now: number;
  /** Whether it was this program that reported last. */
  readonly isOurs: boolean;
}

async function managerOf(
  gitlab: Gitlab,
  accessToken: string,
  runner: number,
  systemId: string,
): Promise<Contact> {
  const { managers, now } = await gitlab.managersNow(accessToken, runner);
  const ours = managers.find(({ system_id }) => system_id === systemId);
  const contact = Date.parse(String(ours?.contacted_at ?? '')) || 0;
  return { contact, now: now.getTime(), isOurs: contact > 0 && ours?.version === version };
}
