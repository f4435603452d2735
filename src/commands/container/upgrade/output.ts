import { runWords } from '../../../engine/run-args.ts';
import {
  back,
  type ContainerPart,
  forward,
  isUp,
  type Step,
  type StepFacts,
  type UpgradeParts,
} from '../../../engine/upgrade-steps.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import { shellLine } from '../../../text/shell-quote.ts';
import type { UpgradeEnd } from './apply.ts';
import { comesBack, patienceFor, stopsByQuit } from './drain.ts';
import type { UpgradeJob } from './job.ts';
import { wordsOf } from './step.ts';

/** The commands of an upgrade from here on, in their order, as long as all goes well; nothing is done. */
export async function commandsAhead(
  job: UpgradeJob,
  parts: UpgradeParts,
  towards: 'new' | 'old',
): Promise<string[]> {
  const { context, name, image, keepAs, progress } = job;
  const next = towards === 'new' ? forward : back;
  const endsByQuit = await stopsByQuit(context, name);
  const known = { image: image.id, keepAs, ...progress };
  const commands: string[] = [];
  let [at, knows]: [UpgradeParts, StepFacts] = [parts, known];
  for (let count = 0; count < 40; count++) {
    const step = next(name, at, knows);
    if (step === undefined) break;
    commands.push(
      ...commandsOf(job, step, endsByQuit).map((words) => shellLine([context.engine.program, ...words])),
    );
    [at, knows] = afterwards(at, knows, step);
  }
  return commands;
}

function commandsOf(
  { old, image, request, progress }: UpgradeJob,
  step: Step,
  endsByQuit: boolean,
): (readonly string[])[] {
  if (step.do === 'check') return [['logs', '--follow', step.of.name]];
  if (step.do === 'drain') {
    const staysAway = !comesBack(progress, step.of);
    if (!staysAway && endsByQuit) return [['stop', '-t', patienceFor(request), step.of.name]];
    return [
      ['kill', '--signal', 'SIGQUIT', step.of.name],
      ['wait', step.of.name],
      ...(staysAway ? [] : [['stop', '-t', '10', step.of.name]]),
    ];
  }
  if (step.do !== 'create') return [wordsOf(step)];
  const settings = { ...old.settings, name: step.name, image: image.reference };
  const { words, afterwards: more } = runWords(settings, {
    verb: ['create'],
    pull: 'never',
    envFile: 'FILE',
  });
  return [words, ...more];
}

// What each step changes, as far as the next one goes by it.
function afterwards(parts: UpgradeParts, known: StepFacts, step: Step): [UpgradeParts, StepFacts] {
  if (step.do === 'create') {
    const { inUse } = parts;
    const next = {
      ...inUse!,
      id: 'new',
      name: step.name,
      image: known.image,
      status: 'created',
      startedAt: 'never',
    };
    return [
      { ...parts, next },
      { ...known, toldToEnd: '' },
    ];
  }
  if (step.do === 'check') return [parts, { ...known, foundGood: step.of.startedAt }];
  if (step.do === 'remove') return [without(parts, step.of), known];
  return [renamed(parts, step), known];
}

function renamed(
  parts: UpgradeParts,
  step: Exclude<Step, { do: 'create' | 'check' | 'remove' }>,
): UpgradeParts {
  const { of: one } = step;
  if (step.do === 'start') return put(parts, { ...one, status: 'running', startedAt: 'now' });
  if (step.do === 'stop' || step.do === 'drain') return put(parts, { ...one, status: 'exited' });
  if (step.do === 'restart-policy') return put(parts, { ...one, restart: step.policy });
  return put(without(parts, one), { ...one, name: step.to });
}

function put(parts: UpgradeParts, one: ContainerPart): UpgradeParts {
  const place = /-before-upgrade$/.test(one.name)
    ? 'before'
    : /-next-upgrade$/.test(one.name)
      ? 'next'
      : 'inUse';
  const rest = without(parts, one);
  // The old one under a name of its own is out of sight.
  return place === 'inUse' && rest.inUse !== undefined ? rest : { ...rest, [place]: one };
}

const without = (parts: UpgradeParts, one: ContainerPart): UpgradeParts =>
  Object.fromEntries(Object.entries(parts).filter(([, other]) => other.id !== one.id));

/** What is thrown when the old container is the one that stays, though that was not wanted. */
export function failure({ name, old, image }: UpgradeJob, because: Trouble | 'interrupted'): Trouble {
  const state = `${name} ${isUp({ status: old.state.status } as ContainerPart) ? 'is running' : 'exists'} unchanged, with ${old.settings.image}`;
  if (because === 'interrupted') return new Trouble(`Canceled. ${state}.`, { code: exitCode.cancelled });
  return new Trouble(`${because.message}\nThe old container was kept: ${state}.`, {
    ...(because.why !== undefined && { why: because.why }),
    hint:
      because.hint ??
      `Fix the problem or use an image other than ${image.reference}. Then run the command again.`,
    code: because.code,
    cause: because,
  });
}

/** Says how an upgrade ended well. */
export function tellEnding(job: UpgradeJob, ending: Extract<UpgradeEnd, { on: 'new' }>, was: string): void {
  const { context, name, image, keepAs } = job;
  const { say, engine } = context;
  if (ending.warning !== undefined) say.warn(ending.warning);
  if (say.mode.json) {
    const to = { image: image.reference, id: image.id };
    say.object({
      action: 'upgraded',
      changed: true,
      container: {
        name,
        engine: engine.program,
        from: { image: was, id: job.old.imageId },
        to,
        ...(keepAs !== undefined && { kept: keepAs }),
      },
    });
    return;
  }
  say.done(
    `${name} is running ${image.reference} (${was === image.reference ? 'pulled again' : `before: ${was}`}).`,
  );
  if (keepAs !== undefined) {
    say.talk(
      `The old container is kept, stopped, as ${keepAs}. To remove it: ${engine.program} rm ${keepAs}`,
    );
  }
}
