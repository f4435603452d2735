import { atGitlab, connectionOf, waitWords } from '../../app/connection.ts';
import { neededGitlab } from '../../app/gitlab-meant.ts';
import { inParallel } from '../../app/in-parallel.ts';
import { interruptible } from '../../app/interrupt.ts';
import { type ConfigInvocation, isSwitchedOn, misuse } from '../../app/invocation.ts';
import { eachMeant, noRunnersIn, numberOf, refuseMissing } from '../../app/select-runner.ts';
import type { Config } from '../../config/read.ts';
import { Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { isGone } from '../../gitlab/refusals.ts';
import { type Listed, listedOf } from '../../gitlab/replies.ts';
import { detailsOf, type RunnerFilter, type RunnerPlace, type RunnersOf } from '../../gitlab/runner-calls.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { entriesIn, idOf, type RunnerEntry, urlOf } from '../../runner/select.ts';
import { canRedraw } from '../../terminal/size.ts';
import { spin } from '../../terminal/spin.ts';
import { normaliseUrl } from '../../text/gitlab-url.ts';

/** A runner as GitLab has it now; its projects where they were read. */
export interface PresentRunner extends Listed {
  readonly positions: readonly number[];
  readonly projects: readonly RunnerPlace[] | undefined;
}

/** Which runners are meant, at which GitLab: by their IDs, or all that a filter of GitLab fits. */
export interface Meant {
  readonly home: RunnerEntry;
  readonly url: string;
  readonly by: { readonly ids: readonly number[] } | NonNullable<Filtering>;
}

/** How a command selects runners by a filter of GitLab; nothing where it was not asked to. */
export type Filtering = { readonly of: RunnersOf; readonly filter: RunnerFilter } | undefined;

/**
 * Which runners the command line means: runners of config.toml by words, `--name`, or `--all-runners`, others by `--id` or
 * a filter. Throws a `Trouble` where ways are mixed, where nobody fits, and where they are at several GitLabs.
 */
export async function meantBy(
  invocation: ConfigInvocation,
  config: Config | undefined,
  filtering: Filtering,
): Promise<Meant> {
  const { verbFlags, words, selectors, world } = invocation;
  const ids = verbFlags.id ?? [];
  const all = isSwitchedOn(verbFlags, 'allRunners');
  refuseMixed([
    words.length > 0 || selectors.name !== undefined,
    all,
    ids.length > 0,
    filtering !== undefined,
  ]);
  const at = (home: RunnerEntry) => ({ home, url: normaliseUrl(urlOf(home.runner, world.env)) });
  if (ids.length > 0 || filtering !== undefined) {
    const url = selectors.url ?? (world.env.CI_SERVER_URL || undefined);
    const home = neededGitlab(invocation, url, config?.runners ?? []);
    return { ...at(home), by: filtering ?? { ids: numbersIn(ids) } };
  }
  if (all && !config?.runners.length) {
    refuseMissing(invocation);
    throw noRunners(invocation);
  }
  const entries = await eachMeant(invocation, config, { all, oneEntry: false });
  const [first, ...others] = entries.map((one) => one.first);
  if (first === undefined || config === undefined) throw noRunners(invocation);
  const urlAt = ({ runner }: RunnerEntry) => urlOf(runner, world.env);
  if (!others.every((one) => sameGitlab(urlAt(one), urlAt(first))))
    throw misuse(
      'These runners are at several GitLabs, and an access token is valid for one.',
      'Run the command once for each GitLab, with its runners.',
    );
  return { ...at(first), by: { ids: [first, ...others].map((one) => numberOf(config, one.at)) } };
}

const noRunners = ({ path }: ConfigInvocation): Trouble =>
  misuse(noRunnersIn(path), 'Select a runner by its ID in GitLab: --id ID --url URL');

function refuseMixed(ways: readonly boolean[]): void {
  if (ways.filter(Boolean).length < 2) return;
  throw misuse(
    'RUNNER, --all-runners, --id, and filters cannot be combined.',
    'Use one of these ways to select runners.',
  );
}

const numbersIn = (words: readonly string[]): number[] => [
  ...new Set(
    words
      .flatMap((word) => word.split(','))
      .map((word) => {
        if (!/^[1-9]\d*$/.test(word))
          throw misuse(`--id ${word} is not a number.`, 'Use a number, such as --id 42.');
        return Number(word);
      }),
  ),
];

/** Reads from GitLab what the runners that are meant are now; nothing is changed. Throws for one that GitLab does not show. */
export async function readPresent(
  invocation: ConfigInvocation,
  { home, url, by }: Meant,
  config: Config | undefined,
  { accessToken, withProjects }: { accessToken: string; withProjects: boolean },
): Promise<PresentRunner[]> {
  const { world, say } = invocation;
  const here = entriesIn(config?.runners ?? []).filter(({ runner }) =>
    sameGitlab(urlOf(runner, world.env), url),
  );
  const positionsOf = (id: number) =>
    here.filter(({ runner }) => idOf(runner) === id).map(({ at }) => at + 1);
  const doing = `Reading runners at ${url}`;
  // Who wants all of them wants those that are left.
  const onDeleted = isSwitchedOn(invocation.verbFlags, 'allRunners')
    ? (id: number) =>
        say.warn(
          `runner ${id} was deleted in GitLab. To remove its entry: runner-setup unregister --local "#${positionsOf(id)[0]}"`,
        )
    : undefined;
  return interruptible(world, say, 0, ({ signal }) =>
    spin(world, say, doing, (spinner) => {
      const onWait = (wait: Parameters<typeof waitWords>[0]) => spinner.says(waitWords(wait));
      const tell = (count: number) => canRedraw(world.stderr) && spinner.says(`${doing}: ${count}`);
      return atGitlab({ ...connectionOf(invocation, home, signal), onWait }, async (gitlab) => {
        const found =
          'ids' in by ? by.ids.map((id) => ({ id })) : await filtered(gitlab, accessToken, by, tell);
        return readEach(gitlab, found, { accessToken, withProjects, positionsOf, onDeleted });
      });
    }),
  );
}

async function filtered(
  gitlab: Gitlab,
  accessToken: string,
  { of, filter }: NonNullable<Filtering>,
  tell: (count: number) => void,
): Promise<Listed[]> {
  const found = new Map<number, Listed>();
  for await (const { runners } of gitlab.runnerPages(accessToken, of, filter)) {
    for (const runner of runners) found.set(runner.id, runner);
    tell(found.size);
  }
  return [...found.values()];
}

async function readEach(
  gitlab: Gitlab,
  found: readonly (Listed | { readonly id: number })[],
  {
    accessToken,
    withProjects,
    positionsOf,
    onDeleted,
  }: {
    accessToken: string;
    withProjects: boolean;
    positionsOf(id: number): number[];
    /** Hears of one that GitLab does not have; without it, that is thrown. */
    onDeleted: ((id: number) => void) | undefined;
  },
): Promise<PresentRunner[]> {
  const present: (PresentRunner | undefined)[] = [];
  await inParallel(found, 8, async (one, turn) => {
    const positions = positionsOf(one.id);
    if ('status' in one && !withProjects) {
      present[turn] = { ...one, positions, projects: undefined };
      return;
    }
    const runner = await gitlab.runner(accessToken, one.id).catch((error: unknown) => {
      if (onDeleted !== undefined && isGone(error)) return onDeleted(one.id);
      throw error instanceof Trouble ? namedAfter(error, one.id) : error;
    });
    if (runner)
      present[turn] = { ...listedOf(runner, one.id), positions, projects: detailsOf(runner).projects };
  });
  return present.filter((one) => one !== undefined);
}

// GitLab's answer does not say which of several it is about.
const namedAfter = (trouble: Trouble, id: number): Trouble =>
  new Trouble(`Runner ${id}: ${trouble.message}`, {
    ...(trouble.why !== undefined && { why: trouble.why }),
    ...(trouble.hint !== undefined && { hint: trouble.hint }),
    code: trouble.code,
    cause: trouble,
  });
