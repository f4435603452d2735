import { describe, expect, test } from 'vitest';
import {
  back,
  type ContainerPart,
  forward,
  isUp,
  nameInUse,
  type Step,
  type StepFacts,
  type UpgradeParts,
} from '../../../src/engine/upgrade-steps.ts';

const old: ContainerPart = {
  id: 'o',
  name: 'r',
  image: 'old',
  status: 'running',
  startedAt: '1',
  restart: 'always',
};
const fresh: StepFacts = { image: 'new', canSetRestart: true };

/** What an engine makes of a step, and what the run learns. */
function take(sight: UpgradeParts, known: StepFacts, step: Step): [UpgradeParts, StepFacts] {
  const all = [sight.inUse, sight.before, sight.next].filter((one) => one !== undefined);
  if (step.do === 'create') {
    const made = { ...old, id: 'n', name: step.name, image: 'new', status: 'created', startedAt: '' };
    return [sightOf([...all, made]), { ...known, toldToEnd: '' }];
  }
  if (step.do === 'check') return [sight, { ...known, foundGood: step.of.startedAt }];
  const rest = all.filter(({ id }) => id !== step.of.id);
  if (step.do === 'remove') return [sightOf(rest), known];
  const after = {
    ...step.of,
    ...(step.do === 'rename' && { name: step.to }),
    ...(step.do === 'start' && { status: 'running', startedAt: `${step.of.startedAt}+` }),
    ...((step.do === 'drain' || step.do === 'stop') && { status: 'exited' }),
    ...(step.do === 'restart-policy' && { restart: step.policy }),
  };
  const learnt = {
    ...known,
    ...(step.do === 'start' && { started: step.of.id }),
    ...(step.do === 'stop' && { stopped: step.of.id }),
    ...(step.do === 'drain' && { toldToEnd: step.of.startedAt }),
  };
  return [sightOf([...rest, after]), learnt];
}

function sightOf(all: readonly ContainerPart[]): UpgradeParts {
  const called = (name: string) => all.find((one) => one.name === name);
  const [inUse, before, next] = [called('r'), called('r-before-upgrade'), called('r-next-upgrade')];
  return { ...(inUse && { inUse }), ...(before && { before }), ...(next && { next }) };
}

/** The steps from a sight to the end, with the sight before each. */
function way(
  by: typeof forward,
  from: UpgradeParts,
  knows: StepFacts,
): { end: UpgradeParts; steps: Step['do'][]; sights: UpgradeParts[] } {
  const [steps, sights]: [Step['do'][], UpgradeParts[]] = [[], []];
  let [sight, known] = [from, knows];
  for (let step = by('r', sight, known); step !== undefined; step = by('r', sight, known)) {
    if (steps.length > 30) throw new Error(`it goes on for ever: ${steps.join(' ')}`);
    steps.push(step.do);
    sights.push(sight);
    [sight, known] = take(sight, known, step);
  }
  return { end: sight, steps, sights };
}

const isDone = ({ inUse, before, next }: UpgradeParts): boolean =>
  inUse?.id === 'n' &&
  isUp(inUse) &&
  inUse.restart === 'always' &&
  before === undefined &&
  next === undefined;

const isBack = ({ inUse, before, next }: UpgradeParts): boolean =>
  inUse?.id === 'o' &&
  isUp(inUse) &&
  inUse.restart === 'always' &&
  before === undefined &&
  next === undefined;

describe('the steps of an upgrade', () => {
  test('lead to the new container', () => {
    const { end, steps } = way(forward, { inUse: old }, fresh);
    expect(steps).toEqual([
      'create',
      'restart-policy',
      'drain',
      'rename',
      'rename',
      'start',
      'check',
      'remove',
    ]);
    expect(isDone(end)).toBe(true);
  });

  test('without a change of the restart policy where the engine has none', () => {
    const { end, steps } = way(forward, { inUse: old }, { ...fresh, canSetRestart: false });
    expect(steps).not.toContain('restart-policy');
    expect(isDone(end)).toBe(true);
  });

  test('keep the old one under a name of its own', () => {
    const { steps } = way(forward, { inUse: old }, { ...fresh, keepAs: 'r-old' });
    expect(steps.at(-1)).toBe('rename');
  });

  test.each([true, false])(
    'can be taken up anywhere by a run that knows nothing (policy: %s)',
    (canSetRestart) => {
      const known = { ...fresh, canSetRestart };
      const { sights } = way(forward, { inUse: old }, known);
      for (const sight of sights) expect(isDone(way(forward, sight, known).end)).toBe(true);
    },
  );

  test.each([true, false])(
    'can be taken back anywhere, and taken up on the way back (policy: %s)',
    (canSetRestart) => {
      const known = { ...fresh, canSetRestart };
      // Killed after it had ended and before anything else was there to tell: that cannot be, so the first is left out.
      const [, ...sights] = way(forward, { inUse: old }, known).sights;
      for (const sight of sights) {
        const homewards = way(back, sight, known);
        expect(isBack(homewards.end)).toBe(true);
        for (const half of homewards.sights) {
          expect(isBack(way(back, half, known).end)).toBe(true);
          expect(isUp(way(forward, half, known).end.inUse!)).toBe(true);
        }
      }
    },
  );

  test('start nobody anew who was not told to end', () => {
    const next = { ...old, id: 'n', name: 'r-next-upgrade', image: 'new', status: 'created' };
    expect(way(back, { inUse: old, next }, { ...fresh, toldToEnd: '' }).steps).toEqual(['remove']);
    expect(way(back, { inUse: { ...old, restart: 'no' }, next }, { ...fresh, toldToEnd: '' }).steps).toEqual([
      'restart-policy',
      'remove',
    ]);
  });

  test('know their names', () => {
    expect(['r', 'r-before-upgrade', 'r-next-upgrade', 'r-old'].map(nameInUse)).toEqual([
      'r',
      'r',
      'r',
      'r-old',
    ]);
  });
});
