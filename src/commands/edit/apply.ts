import { readChecked } from '../../app/config-file.ts';
import { type Rollback, withRollback } from '../../app/rollback.ts';
import { replacing } from '../../app/save.ts';
import { type Table, textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { replaceFile } from '../../config/replace-file.ts';
import { Trouble } from '../../errors.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { type AtGitlab, changeAtGitlab, numberOf, wordsOn } from './gitlab.ts';
import type { EditPlan } from './plan.ts';

/** Everything that one edit is made of. */
export interface EditPlanInput {
  readonly plan: EditPlan;
  /** What GitLab keeps and is changed there, by the position of the runner, from 0. */
  readonly atGitlab: readonly { readonly at: number; readonly body: object }[];
  readonly accessToken: string;
  /** The preset that was asked for. */
  readonly preset?: string | undefined;
  /** Whether a person has agreed to exactly these lines. */
  readonly isAgreed: boolean;
  /** The runners that a proxy was named for, from 0; absent when none was. */
  readonly proxied?: readonly number[];
  /** Plans the same for the file as somebody else has left it meanwhile; positions are those of the file as it was opened. */
  again(config: Config, positions: (at: number) => number): Promise<EditPlan>;
}

/** Carries an edit out: at GitLab first, which may refuse, then in the file; gives what was really changed. */
export const apply = (world: World, say: Say, errand: EditPlanInput): Promise<Done> =>
  withRollback(world, say, (guard) => act(world, say, errand, guard));

interface Done {
  readonly plan: EditPlan;
  readonly gitlab: AtGitlab[];
}

async function act(world: World, say: Say, errand: EditPlanInput, guard: Rollback): Promise<Done> {
  const { before } = errand.plan;
  const { atGitlab, accessToken } = errand;
  for (const { at } of atGitlab) numberOf(before, at);
  const gitlab: AtGitlab[] = [];
  try {
    for (const { at, body } of atGitlab) {
      const done = await changeAtGitlab({ world, say }, before, at, {
        accessToken,
        body,
        signal: guard.signal,
      });
      gitlab.push(done);
      if (!say.manner.json) say.done(wordsOn(done));
    }
    return { plan: await save(world, say, errand, guard), gitlab };
  } catch (error) {
    throw gitlab.length > 0 ? withDone(error, gitlab) : error;
  }
}

async function save(world: World, say: Say, errand: EditPlanInput, guard: Rollback): Promise<EditPlan> {
  let { plan } = errand;
  const { before } = plan;
  if (before.text === plan.after.text) return plan;
  await replaceFile(
    before.file,
    async ({ text }) => {
      guard.check();
      if (text === before.text) return plan.after.text;
      if (errand.isAgreed) throw changedMeanwhile(before.file);
      const config = text === undefined ? undefined : await readChecked(text, before.file);
      if (config === undefined) throw changedMeanwhile(before.file);
      plan = await errand.again(config, (at) => samePlace(before, config, at));
      return plan.after.text;
    },
    { ...replacing(world, say, before.file), signal: guard.signal },
  );
  return plan;
}

function samePlace(before: Config, now: Config, at: number): number {
  const runner = before.runners[at]!;
  if (now.runners[at] !== undefined && isSame(runner, now.runners[at])) return at;
  const found = [...now.runners.keys()].filter((position) => isSame(runner, now.runners[position]!));
  if (found.length === 1) return found[0]!;
  throw changedMeanwhile(before.file);
}

const isSame = (one: Table, other: Table): boolean =>
  ['url', 'token', 'name'].every((key) => textIn(one, key) === textIn(other, key));

const changedMeanwhile = (file: string): Trouble =>
  new Trouble(`${file} was changed meanwhile by another program.`, {
    hint: 'Nothing was written; run edit again to see what it would change now.',
  });

// GitLab's settings cannot be put back without knowing them all; what was done has to be said.
function withDone(error: unknown, gitlab: readonly AtGitlab[]): unknown {
  if (!(error instanceof Trouble)) return error;
  const { message, why, hint, code } = error;
  return new Trouble(`${message}\n${gitlab.map(wordsOn).join('\n')}`, {
    ...(why !== undefined && { why }),
    ...(hint !== undefined && { hint }),
    code,
    cause: error,
  });
}
