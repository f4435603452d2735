import { dirname, join } from 'node:path';
import { type Table, textIn } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import { withEdits } from '../runner/edit.ts';
import type { Edit } from '../runner/edit-request.ts';
import type { JobPlace } from '../runner/job-network.ts';
import { beforeHanding, distrusting, trusting } from '../runner/network-gaps.ts';
import { nameOf } from '../runner/select.ts';
import { runsInContainers } from '../settings/executors.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { addressOf, type CaFile, caFileFor, placeOf } from './job-network.ts';

/** What tells which CA a runner's GitLab is trusted by. */
interface Surroundings {
  readonly world: World;
  /** config.toml. */
  readonly path: string;
  /** The file of a CA that is accepted in this run, and need not be there yet. */
  readonly accepted?: CaFile | undefined;
}

/** The edits of a runner by which its jobs trust the CA of GitLab, or no longer do; none where it is to and there is none. */
export function caEdits(runner: Table, isWanted: boolean, around: Surroundings): Edit[] {
  if (!isWanted) return distrusting(runner);
  const [ca, place] = [caOf(runner, around), placeOf(runner, around.world)];
  return ca === undefined || !isApart(place) ? [] : trusting(runner, place, ca.path);
}

// Other jobs trust what their machine trusts; the helper image of Windows installs nothing.
const isApart = ({ executor }: JobPlace): boolean =>
  runsInContainers(executor) && executor !== 'docker-windows';

function caOf(runner: Table, { world, path, accepted }: Surroundings): CaFile | undefined {
  const url = addressOf(runner, world);
  return accepted ?? (url && caFileFor(url, textIn(runner, 'tls-ca-file'), path, world));
}

/**
 * Says what has to be done beside the file before jobs of a runner trust the CA. Throws where jobs share the trust of
 * their machine, or no CA is known.
 */
export function checkCaForJobs(runner: Table, around: Surroundings, say: Pick<Say, 'note'>): void {
  const place = placeOf(runner, around.world);
  const ca = caOf(runner, around);
  if (!isApart(place)) throw ofMachine(place.executor);
  if (ca === undefined) throw unknownCa(runner, around);
  const before =
    trusting(runner, place, ca.path).length > 0 ? beforeHanding(runner, place, ca.path) : undefined;
  if (before !== undefined) say.note(`before the next job: ${before}`);
  if (ca.remark !== '') say.note(ca.remark.trim());
}

const ofMachine = (executor: string): Trouble =>
  new Trouble(`--ca-for-jobs: jobs of the executor ${executor} use the CA certificates of their machine.`, {
    hint: 'Use this flag for jobs in Linux containers: the Docker executors and Kubernetes.',
    code: exitCode.usage,
  });

function unknownCa(runner: Table, { world, path }: Surroundings): Trouble {
  const url = addressOf(runner, world);
  const isSecure = url?.protocol === 'https:';
  return new Trouble(`--ca-for-jobs: no CA file is known for ${url?.hostname ?? 'GitLab'}.`, {
    why: isSecure
      ? 'Its certificate is not from a CA file that runner-setup knows.'
      : 'The GitLab URL does not begin with https://.',
    ...(isSecure && {
      hint: `Use --tls-ca-file FILE, or save the CA as ${join(dirname(path), 'certs', `${url.hostname}.crt`)}`,
    }),
    code: exitCode.usage,
  });
}

/**
 * What `--ca-for-jobs` makes of each of these runners, which other edits change before; nothing when it was not given.
 * Of several runners, those are left alone and named that have no use for it. Throws when none has.
 */
export function caEditsOf(
  isWanted: boolean | undefined,
  runners: readonly Table[],
  others: readonly Edit[],
  around: Surroundings & { readonly say: Say },
): ((runner: Table) => Edit[]) | undefined {
  if (isWanted === undefined) return undefined;
  const edits = others.filter(({ level }) => level === 'runner');
  if (isWanted)
    checkEach(
      runners.map((runner) => withEdits(runner, edits)),
      around,
    );
  return (runner) => caEdits(runner, isWanted, around);
}

function checkEach(runners: readonly Table[], around: Surroundings & { readonly say: Say }): void {
  const troubles = runners.flatMap((runner, at) => {
    try {
      checkCaForJobs(runner, around, around.say);
      return [];
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      return [{ error, name: nameOf({ at, runner }) }];
    }
  });
  if (troubles.length > 0 && troubles.length === runners.length) throw troubles[0]!.error;
  for (const { error, name } of troubles) around.say.note(`${name} is unchanged. ${error.message}`);
}
