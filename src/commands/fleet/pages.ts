import { atGitlab, connectionOf, waitWords } from '../../app/connection.ts';
import { inParallel } from '../../app/in-parallel.ts';
import { interruptible } from '../../app/interrupt.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import type { Table } from '../../config/model.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import type { Listed } from '../../gitlab/replies.ts';
import { detailsOf, managerOf, type RunnerFilter, type RunnersOf } from '../../gitlab/runner-calls.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { entriesIn, idOf, type RunnerEntry, urlOf } from '../../runner/select.ts';
import { canRedraw } from '../../terminal/size.ts';
import { type Spin, spin } from '../../terminal/spin.ts';
import { normaliseUrl } from '../../text/gitlab-url.ts';
import { grouped } from '../../text/grouped.ts';
import { type FleetRunner, type FleetTeller, numberWords, tellerOf } from './output.ts';

/** The GitLab that is asked, by what, and the runners of config.toml that may be among its own. */
interface Source {
  readonly home: RunnerEntry;
  readonly accessToken: string;
  readonly runners: readonly Table[];
}

interface Wanted {
  readonly of: RunnersOf;
  readonly filter: RunnerFilter;
  readonly withDetails: boolean;
}

/** Lists the runners of a GitLab: each page is told as soon as it is known, and forgotten. */
export async function listFleet(
  invocation: ConfigInvocation,
  source: Source,
  wanted: Wanted,
): Promise<ExitCode> {
  const { world, say } = invocation;
  const url = normaliseUrl(urlOf(source.home.runner, world.env));
  const teller = tellerOf(invocation, url, wanted.withDetails);
  const doing = `Listing the runners at ${url}`;
  try {
    await interruptible(world, say, 0, ({ signal }) =>
      spin(world, say, doing, async (spinner) => {
        const onWait = (wait: Parameters<typeof waitWords>[0]) => spinner.says(waitWords(wait));
        const connection = { ...connectionOf(invocation, source.home, signal), onWait };
        await atGitlab(connection, (gitlab) =>
          tellPages(invocation, gitlab, source, wanted, teller, (words) =>
            saysIfDrawn(world, spinner, `${doing}: ${words}`),
          ),
        );
      }),
    );
  } catch (error) {
    // What was begun has to have an end, and only there can it be said that it is not all.
    if (!(error instanceof Trouble) || !teller.broken(error)) throw error;
    return error.code;
  }
  if (!teller.isDone()) teller.end();
  return exitCode.done;
}

function saysIfDrawn({ stderr }: ConfigInvocation['world'], spinner: Spin, words: string): void {
  if (canRedraw(stderr)) spinner.says(words);
}

async function tellPages(
  { world }: ConfigInvocation,
  gitlab: Gitlab,
  { home, accessToken, runners }: Source,
  { of, filter, withDetails }: Wanted,
  teller: FleetTeller,
  progress: (words: string) => void,
): Promise<void> {
  const url = urlOf(home.runner, world.env);
  const here = grouped(
    entriesIn(runners).filter(({ runner }) => sameGitlab(urlOf(runner, world.env), url)),
    ({ runner }) => idOf(runner),
  );
  const seen = new Set<number>();
  for await (const page of gitlab.runnerPages(accessToken, of, filter)) {
    // While pages are read runners are made, and one moves on to the next page.
    const fresh = page.runners.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    const told = fresh.map((listed): FleetRunner => {
      const positions = (here.get(listed.id) ?? []).map(({ at }) => at + 1);
      return { ...listed, positions };
    });
    await teller.page(withDetails ? await detailed(gitlab, accessToken, told) : told);
    if (teller.isDone()) return;
    progress(numberWords(seen.size, page.total));
  }
}

// Three requests each, so not all at once.
async function detailed(gitlab: Gitlab, accessToken: string, runners: FleetRunner[]): Promise<FleetRunner[]> {
  const found = [...runners];
  await inParallel(runners, 8, async (runner, turn) => {
    found[turn] = { ...runner, ...(await moreOf(gitlab, accessToken, runner.id)) };
  });
  return found;
}

type More = Pick<FleetRunner, 'details' | 'managers' | 'runningJobs'>;

async function moreOf(gitlab: Gitlab, accessToken: string, id: Listed['id']): Promise<More> {
  const [runner, managers, runningJobs] = await Promise.all([
    unlessRefused(gitlab.runner(accessToken, id)),
    unlessRefused(gitlab.managers(accessToken, id)),
    unlessRefused(gitlab.countRunningJobs(accessToken, id)),
  ]);
  return {
    details: runner && detailsOf(runner),
    managers: managers?.map(managerOf),
    runningJobs,
  };
}

// A runner that is deleted meanwhile, or whose jobs others see, does not end the list.
async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Trouble && error.code === exitCode.refused) return undefined;
    throw error;
  }
}
