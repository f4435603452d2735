import { pause, type Turn } from '../../app/interrupt-wait.ts';
import type { Container } from '../../engine/container.ts';
import { lookAt } from '../../engine/container-state.ts';
import { logOf } from '../../engine/containers.ts';
import { logOfStart, signsIn } from '../../engine/log.ts';
import { secretNames } from '../../engine/print.ts';
import { Trouble } from '../../errors.ts';
import { masker } from '../../settings/mask.ts';
import { spin } from '../../terminal/spin.ts';
import { harmless } from '../../text/sanitize.ts';
import type { UpgradeJob } from './upgrade/apply.ts';
import { timeWords } from './upgrade/flags.ts';
import type { Scene } from './upgrade/state.ts';

/**
 * Watches the new container: it must run without being restarted, not be unhealthy, and say in its log that it has read
 * its config when the old one said so. Throws a `Trouble` with the last lines of its log when it does not.
 */
export async function checkNew(errand: UpgradeJob, turn: Turn, { inUse, before }: Scene): Promise<void> {
  const { stage, wish } = errand;
  const isExpected = before !== undefined && (await saidLoaded(errand, before));
  await spin(stage.world, stage.say, `Watching ${errand.name}`, async (spinner) => {
    const start = stage.world.now().getTime();
    for (;;) {
      const lines = await logOfStart(stage.engine, errand.name, inUse!.state.startedAt);
      const [now] = await lookAt(stage.engine, [inUse!.id]);
      const { loaded, refused } = signsIn(lines);
      const fault = faultOf(now, inUse!) ?? (refused === undefined ? undefined : 'could not read its config');
      if (fault !== undefined && !(await failedBefore(errand, before, refused, fault)))
        throw await notGood(errand, fault);
      const passed = stage.world.now().getTime() - start;
      if (passed >= wish.watch && (loaded || !isExpected)) {
        if (!loaded)
          stage.say.note(`The log of ${errand.name} does not say that its config was read; it runs.`);
        return;
      }
      if (stage.world.stderr.isTTY) spinner.says(`Watching ${errand.name}: ${timeWords(passed)}`);
      if (passed >= Math.max(wish.watch, silence))
        throw await notGood(errand, 'runs, but does not say that it has read its config');
      await pause(Math.min(500, Math.max(50, wish.watch - passed)), turn.back);
      if (turn.back.aborted) return;
    }
  });
}

// gitlab-runner reads its config within the first second; a slow disk may take longer.
const silence = 30_000;

/** What is wrong with a container that was just started; nothing when it runs and was not started again. */
export function faultOf(now: Container | undefined, started: Container): string | undefined {
  if (now === undefined) return 'is gone';
  const { state } = now;
  if (state.outOfMemory) return 'ran out of memory';
  if (!state.running || state.restarting) {
    return `ended at once (code ${state.exitCode}${state.error === '' ? '' : `: ${harmless(state.error, 200)}`})`;
  }
  if (state.startedAt !== started.state.startedAt || state.restarts > started.state.restarts)
    return 'was restarted by the engine: it ends again and again';
  return state.health === 'unhealthy' ? 'is unhealthy by its health check' : undefined;
}

async function saidLoaded({ stage }: UpgradeJob, before: Container): Promise<boolean> {
  return signsIn(await logOfStart(stage.engine, before.id, before.state.startedAt, 60)).loaded;
}

// Without a config both complain, and the new one is no worse.
async function failedBefore(
  { stage }: UpgradeJob,
  before: Container | undefined,
  refused: string | undefined,
  fault: string,
): Promise<boolean> {
  if (refused === undefined || before === undefined || fault !== 'could not read its config') return false;
  const signs = signsIn(await logOfStart(stage.engine, before.id, before.state.startedAt, 60));
  return signs.refused !== undefined && !signs.loaded;
}

async function notGood({ name, image, old, stage }: UpgradeJob, fault: string): Promise<Trouble> {
  const hide = masker(secretsOf(old));
  const lines = await logOf(stage.engine, name, 8);
  const shown = lines.map((line) => `  ${harmless(hide(line), 200)}`);
  return new Trouble(`${name} with ${image.reference} ${fault}.`, {
    why: shown.length === 0 ? 'Its log is empty.' : `The last lines of its log:\n${shown.join('\n')}`,
    hint: `Look at the release notes of that version, or take another: runner-setup container upgrade ${name} --to TAG`,
  });
}

/** The values of the variables of a container that may be secrets, and the passwords in them: its log may show either. */
export function secretsOf({ settings }: Container): string[] {
  const names = new Set(secretNames(settings));
  return Object.entries(settings.env)
    .filter(([name, value]) => value.length >= 6 && (names.has(name) || /proxy/i.test(name)))
    .flatMap(([, value]) => [value, ...passwordsIn(value)]);
}

const passwordsIn = (value: string): string[] =>
  [...value.matchAll(/:\/\/[^/\s:@]*:([^/\s@]{4,})@/g)].flatMap(([, password]) => {
    const plain = password!.replace(/%[0-9a-f]{2}/gi, (code) =>
      String.fromCharCode(parseInt(code.slice(1), 16)),
    );
    return [password!, plain];
  });
