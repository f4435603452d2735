import { statSync } from 'node:fs';
import { readChecked } from '../../app/config-file.ts';
import { pause } from '../../app/interrupt.ts';
import type { Blind, Subject, Watch } from '../../app/proof-of-life/evidence.ts';
import { openWatches, type Watches } from '../../app/proof-of-life/index.ts';
import { textIn } from '../../config/model.ts';
import { readFound } from '../../config/read-file.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { canRedraw } from '../../terminal/size.ts';
import { spin } from '../../terminal/spin.ts';
import { expand } from '../../text/expand.ts';
import { type Outcome, tellOutcome } from './output.ts';
import type { RegisterContext } from './plan.ts';

/** How waiting for the runner ended. */
interface Online {
  /** The evidences that were looked at. */
  readonly watches: readonly Watch[];
  /** The one that shows the runner; nothing when it was not seen. */
  readonly seen: Watch | undefined;
  readonly seconds: number;
}

/**
 * Waits until the runner is online, and says whether it is, with `--json` also what became of the registration; exit 1
 * when it was not seen.
 */
export async function finishOnline(
  context: RegisterContext,
  outcome: Outcome,
  limit: number,
): Promise<ExitCode> {
  const { say } = context;
  const { watches, seen, seconds } = await waitOnline(context, outcome, limit);
  const { by } = seen ?? watches[0]!;
  if (say.mode.json) await tellOutcome(say, outcome, { online: { seen: seen !== undefined, by, seconds } });
  else if (seen !== undefined) say.done(seen.seen);
  else throw notSeen(watches, seconds, outcome);
  return seen === undefined ? exitCode.failed : exitCode.done;
}

/**
 * Waits until an evidence shows that gitlab-runner has taken up the runner that was just registered. Throws a `Trouble`
 * when there is none to look at, and when one shows that it cannot.
 */
async function waitOnline(context: RegisterContext, outcome: Outcome, limit: number): Promise<Online> {
  const { world, say } = context;
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort());
  const begin = world.now().getTime();
  const passed = () => Math.round((world.now().getTime() - begin) / 1000);
  try {
    return await spin(world, say, 'Waiting for the runner to come online', async (spinner) => {
      const watches = await watchesOf(context, outcome, stop.signal);
      const who = watches.map((one) => one.who).join(' or ');
      let told = 0;
      for (;;) {
        const seen = await firstThatSees(watches);
        if (seen !== undefined) return { watches, seen, seconds: passed() };
        if (stop.signal.aborted) throw notWaited(outcome);
        if (passed() >= limit) return { watches, seen: undefined, seconds: limit };
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

async function firstThatSees(watches: readonly Watch[]): Promise<Watch | undefined> {
  for (const watch of watches) if (await watch.look()) return watch;
  return undefined;
}

const notWaited = ({ file }: Outcome): Trouble =>
  new Trouble(`Stopped waiting. The runner is in ${file}.`, { code: exitCode.cancelled });

async function watchesOf(
  context: RegisterContext,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<readonly Watch[]> {
  const { watches, blind } = await openWatches(await subjectOf(context, outcome, signal));
  if (watches.length === 0) throw notKnown(blind, outcome);
  tellRefused(context, { watches, blind });
  return watches;
}

async function subjectOf(
  { world, say, file, settings }: RegisterContext,
  { action, changed, runner }: Outcome,
  signal: AbortSignal,
): Promise<Subject> {
  const { globals, runners } = (await readChecked(readFound(file.path).text ?? '', file.path))!;
  const at = runner.position - 1;
  const entry = { at, runner: runners[at]! };
  return {
    ...{ world, say, settings, file, globals, entry, signal },
    token: expand(textIn(entry.runner, 'token'), world.env),
    isJustTold: action === 'registered',
    // The time of the rename that put the new file in its place.
    written: changed ? statSync(file.path).ctime : undefined,
  };
}

function tellRefused({ say, file }: RegisterContext, { watches, blind }: Watches): void {
  const refused = blind.find(({ isRefused }) => isRefused);
  if (refused === undefined) return;
  const instead = file.container === undefined ? watches[0]!.who : 'the container log';
  const who = instead.replace(/^./, (first) => first.toUpperCase());
  say.note(`this access token cannot read the runner status. ${refused.why} ${who} is used instead.`);
}

function notKnown(blind: readonly Blind[], { file }: Outcome): Trouble {
  const commands = blind.flatMap(({ command }) => command ?? []);
  return new Trouble(`Cannot tell whether the runner is online. It is in ${file}.`, {
    why: blind.map(({ why }) => why).join(' '),
    hint: [
      'Add --access-token-file FILE (scope read_api or manage_runner), or check the Runners page in GitLab.',
      ...commands,
    ].join('\n'),
  });
}

// The registration stands; only the waiting was in vain.
function notSeen(watches: readonly Watch[], seconds: number, { file }: Outcome): Trouble {
  const all = watches.map((watch) => watch.unseen());
  const lines = all.flatMap(({ hint }) => hint.split('\n'));
  return new Trouble(`The runner did not come online within ${seconds} seconds. It is in ${file}.`, {
    why: all.map(({ why }) => why).join(' '),
    hint: [...new Set(lines)].join('\n'),
  });
}
