import { textAfterAll } from '../../app/config-file.ts';
import { lintText } from '../../config/lint/index.ts';
import type { Change } from '../../config/model.ts';
import { type Config, readConfig } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { platformOf } from '../../host/platform/index.ts';
import { warningsBefore } from '../../runner/rules/before-write.ts';
import type { ApplyContext } from './context.ts';
import type { PlannedText } from './output.ts';
import { type ApplyPlan, changesAt, isActing, newEntry, type Step } from './plan.ts';

/**
 * Makes the text of config.toml as a plan leaves it, and says what a person should know of the runners in it. Throws a
 * `Trouble` for what gitlab-runner would refuse and the file did not have before.
 */
export async function checkPlan(context: ApplyContext, plan: ApplyPlan): Promise<PlannedText> {
  const { config, path, world } = context;
  const changes = changesOf(context, plan);
  if (changes.length === 0) return { before: config?.text, after: config?.text ?? '' };
  const after = await textAfterAll(config, path, changes);
  await refuseFaults(config, after, context);
  const now = await readConfig(after, path);
  for (const warning of await warningsOf(now, plan)) context.say.warn(warning);
  return { before: config?.text, after };

  async function refuseFaults(
    before: Config | undefined,
    text: string,
    { path: file }: ApplyContext,
  ): Promise<void> {
    const old = before === undefined ? [] : (await lintText(before.text, file, world.env)).findings;
    const known = new Set(old.map(({ message }) => message));
    const { findings } = await lintText(text, file, world.env);
    const fresh = findings.filter(({ severity, message }) => severity === 'error' && !known.has(message));
    if (fresh.length === 0) return;
    throw new Trouble(fresh.map(({ message }) => message).join('\n'), {
      why: 'gitlab-runner would refuse config.toml with it.',
      code: exitCode.usage,
    });
  }
}

// From the last to the first, so that no position moves before its turn; new entries come behind all others.
function changesOf({ world }: ApplyContext, { global, steps }: ApplyPlan): Change[] {
  const isWindows = platformOf(world).isWindows;
  const removed = steps.filter(({ action }) => action === 'remove').map(({ at }) => at!);
  return [
    ...changesAt('global', global),
    ...steps.flatMap(({ at, here }) => (at === undefined ? [] : changesAt(at, here))),
    ...removed.sort((a, b) => b - a).map((at): Change => ({ do: 'remove-runner', at })),
    ...steps.filter(isNew).map(
      (step): Change => ({
        do: 'append',
        block: newEntry({ ...step, wanted: step.wanted! }, { token: '…' }, isWindows),
      }),
    ),
  ];
}

const isNew = (step: Step): boolean => step.at === undefined && isActing(step);

async function warningsOf(after: Config, { steps }: ApplyPlan): Promise<string[]> {
  const said = new Set<string>();
  const removed = steps.filter(({ action }) => action === 'remove').map(({ at }) => at!);
  let next = after.runners.length - steps.filter(isNew).length;
  for (const step of steps) {
    if (step.wanted === undefined || !isActing(step)) continue;
    const at = step.at === undefined ? next++ : step.at - removed.filter((one) => one < step.at!).length;
    const paths = step.at === undefined ? step.wanted.leaves : step.here;
    const keys = paths.map(({ path }) => path.join('.'));
    const touches = (key: string) => keys.some((one) => one === key || one.startsWith(`${key}.`));
    const runner = after.runners[at]!;
    for (const words of await warningsBefore(runner, after.globals, touches, { at, writes: true }))
      said.add(words);
  }
  return [...said];
}
