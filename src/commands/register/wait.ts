import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version } from '../../../package.json';
import { readChecked } from '../../app/config-file.ts';
import { atGitlab, connectionOf } from '../../app/connection.ts';
import type { ConfigOfContainer } from '../../app/container-config.ts';
import { pause } from '../../app/interrupt.ts';
import { readFound } from '../../config/read-file.ts';
import { logSince } from '../../engine/containers.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { systemIdFor } from '../../host/system-id.ts';
import { idOf, type RunnerEntry } from '../../runner/select.ts';
import { canRedraw } from '../../terminal/size.ts';
import { spin } from '../../terminal/spin.ts';
import { harmless } from '../../text/sanitize.ts';
import { quote } from '../../text/shell-quote.ts';
import { type Outcome, tellOutcome } from './output.ts';
import type { RegisterContext } from './plan.ts';

/** How waiting for the runner ended. */
interface Online {
  readonly seen: boolean;
  /** Who saw it: GitLab, or the log of its container. */
  readonly by: 'gitlab' | 'log';
  readonly seconds: number;
}

/** Looks once: whether the runner was seen. Throws when looking makes no sense any more. */
type Look = () => Promise<boolean>;

/**
 * Waits until the runner that was just registered is seen online: by GitLab, when an access token may ask it, else by
 * the log of its container. Throws a `Trouble` when neither can be asked.
 */
async function waitOnline(context: RegisterContext, outcome: Outcome, limit: number): Promise<Online> {
  const { world, say } = context;
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort());
  const begin = world.now().getTime();
  const passed = () => Math.round((world.now().getTime() - begin) / 1000);
  try {
    return await spin(world, say, 'Waiting for the runner to come online', async (spinner) => {
      const { look, by, who } = await wayToLook(context, outcome, stop.signal);
      let told = 0;
      for (;;) {
        if (await look()) return { seen: true, by, seconds: passed() };
        if (stop.signal.aborted) throw notWaited(outcome);
        if (passed() >= limit) return { seen: false, by, seconds: limit };
        // Where nothing can be drawn again each word is a line of a log.
        if (canRedraw(world.stderr) || passed() >= told + 10) {
          told = passed();
          spinner.says(`Waiting for ${who} to show the runner online: ${told} of ${limit} s`);
        }
        await pause(1000, stop.signal);
      }
    });
  } finally {
    release();
  }
}

const notWaited = ({ file }: Outcome): Trouble =>
  new Trouble(`Stopped waiting. The runner is in ${file}.`, { code: exitCode.cancelled });

interface Way {
  readonly look: Look;
  readonly by: Online['by'];
  readonly who: string;
}

async function wayToLook(context: RegisterContext, outcome: Outcome, signal: AbortSignal): Promise<Way> {
  const { accessToken } = context.settings;
  const place = await placeOf(context, outcome);
  const container = context.file.container;
  const log = container && {
    look: await logWatch(container, String(place.runner.token ?? ''), {
      // The time of the rename that put the new file in its place.
      written: outcome.changed ? statSync(context.file.path).ctime : undefined,
      now: context.world.now(),
      signal,
    }),
    by: 'log' as const,
    who: `the log of ${container.name}`,
  };
  if (accessToken === undefined || idOf(place.runner) === undefined) return log ?? cannotKnow(undefined);
  try {
    const look = await gitlabWatch(context, outcome, place, accessToken, signal);
    return { look, by: 'gitlab', who: 'GitLab' };
  } catch (error) {
    // A token that may create runners need not be one that may look at them.
    if (!(error instanceof Trouble) || error.code !== exitCode.refused) throw error;
    if (log === undefined) return cannotKnow(error.message);
    context.say.note(
      `this access token cannot read the runner status. ${error.message} The container log is used instead.`,
    );
    return log;
  }
}

function cannotKnow(refused: string | undefined): never {
  throw new Trouble('Cannot tell whether the runner is online.', {
    why: `${refused ?? 'There is no access token for GitLab.'} There is no container log to read either.`,
    hint: 'Add --access-token-file FILE (scope read_api or manage_runner), or check the Runners page in GitLab.',
  });
}

async function placeOf({ file }: RegisterContext, { runner }: Outcome): Promise<RunnerEntry> {
  const text = readFound(file.path).text ?? '';
  const config = await readChecked(text, file.path);
  const at = runner.position - 1;
  return { at, runner: config!.runners[at]! };
}

// GitLab notes each contact with the machine of a runner. Our own check of the token was one, too: it does not count.
async function gitlabWatch(
  { world, say, file, settings }: RegisterContext,
  outcome: Outcome,
  place: RunnerEntry,
  accessToken: string,
  signal: AbortSignal,
): Promise<Look> {
  const asker = { world, say, path: file.path, settings };
  const { id } = systemIdFor(join(dirname(file.path), 'config.toml'), world.platform);
  const ask = () =>
    atGitlab(world, connectionOf(asker, place, signal), (gitlab) =>
      managerOf(gitlab, accessToken, idOf(place.runner)!, id),
    );
  const wasAsked = outcome.action === 'registered';
  const first = await ask();
  let earliest = wasAsked && first?.isOurs ? first.contact : undefined;
  earliest ??= wasAsked ? 0 : world.now().getTime() - 60_000;
  return async () => {
    const now = await ask().catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    return now !== undefined && !now.isOurs && now.contact > earliest;
  };
}

interface Contact {
  readonly contact: number;
  /** Whether it was this program that reported last. */
  readonly isOurs: boolean;
}

async function managerOf(
  gitlab: Gitlab,
  accessToken: string,
  runner: number,
  systemId: string,
): Promise<Contact | undefined> {
  const all = await gitlab.managers(accessToken, runner);
  const ours = all.find(({ system_id }) => system_id === systemId);
  const contact = Date.parse(String(ours?.contacted_at ?? ''));
  return Number.isNaN(contact) ? undefined : { contact, isOurs: ours?.version === version };
}

/** Says what became of a registration, waits until the runner is online, and says that, too; exit 1 when it was not seen. */
export async function finishOnline(
  context: RegisterContext,
  outcome: Outcome,
  limit: number,
): Promise<ExitCode> {
  const { say, file } = context;
  if (!say.mode.json) tellOutcome(say, outcome);
  const online = await waitOnline(context, outcome, limit);
  if (say.mode.json) tellOutcome(say, outcome, { online });
  else if (!online.seen) throw notSeen(online, outcome, file.container?.name);
  else tellOnline(context, online);
  return online.seen ? exitCode.done : exitCode.failed;
}

function tellOnline({ say }: RegisterContext, { by }: Online): void {
  say.done(
    by === 'gitlab'
      ? 'The runner is online.'
      : 'The container loaded the config, and its log shows no errors for the runner.',
  );
}

// The registration stands; only the waiting was in vain.
function notSeen({ by, seconds }: Online, { file }: Outcome, container: string | undefined): Trouble {
  const where = container === undefined ? 'gitlab-runner' : `the container ${container}`;
  return new Trouble(`The runner did not come online within ${seconds} seconds. It is in ${file}.`, {
    why:
      by === 'gitlab'
        ? `It has not contacted GitLab: ${where} is not running, uses a different file, or cannot reach GitLab.`
        : `The log of ${where} does not confirm that config.toml was loaded.`,
    hint:
      container === undefined
        ? 'gitlab-runner status\nrunner-setup doctor'
        : `runner-setup container status --name ${quote(container)}`,
  });
}

// Two rounds of gitlab-runner's usual check_interval of three seconds.
const quiet = 5;

/**
 * Looks into the log of a container for what gitlab-runner says after a change of its config: that it was loaded, and
 * then nothing bad about this runner for a while. `written` is when the file changed, if it did. Throws when GitLab refuses the runner.
 */
async function logWatch(
  { engine, name }: ConfigOfContainer,
  token: string,
  { written, now, signal }: { written: Date | undefined; now: Date; signal: AbortSignal },
): Promise<Look> {
  // Not a moment earlier: what was loaded before the file was written is another config. Clocks are the same here.
  const since = (written ?? new Date(now.getTime() - 5000)).toISOString();
  // What did not change was read long ago.
  const wasLoaded = written === undefined && hasLoaded(await logSince(engine, name, '1970-01-01T00:00:00Z'));
  // As gitlab-runner shortens it in its log: without the prefix (ShortenToken of its helpers).
  const short = token.replace(/^.*glrt-|^GR1348941/, '').slice(0, 8);
  let calm = 0;
  return async () => {
    if (signal.aborted) return false;
    const lines = await logSince(engine, name, since);
    const about = lines.filter((line) => short === '' || line.includes(short));
    const refused = about.findLast((line) => /forbidden|\b(401|403)\b|is not healthy|FATAL/i.test(line));
    if (refused !== undefined) {
      throw new Trouble('The container log shows that GitLab refused the runner.', {
        why: harmless(refused, 200),
        hint: 'runner-setup verify',
      });
    }
    const loaded = wasLoaded || hasLoaded(lines);
    const failing = about.some((line) => /error|warn/i.test(line));
    calm = loaded && !failing ? calm + 1 : 0;
    return calm > quiet;
  };
}

const hasLoaded = (lines: readonly string[]): boolean =>
  lines.some((line) => /configuration loaded/i.test(line));
