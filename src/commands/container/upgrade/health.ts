import { existsSync } from 'node:fs';
import { pause, type Reversal } from '../../../app/interrupt.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import type { Container } from '../../../engine/container.ts';
import { inspectContainers, logOf, logOfStart, signsIn } from '../../../engine/containers.ts';
import { Trouble } from '../../../errors.ts';
import { canRedraw } from '../../../terminal/size.ts';
import { spin } from '../../../terminal/spin.ts';
import { timeWords } from '../../../text/duration.ts';
import { harmless } from '../../../text/sanitize.ts';
import { masker } from '../../../text/secrets.ts';
import { faultOf, secretsOf } from '../check-start.ts';
import type { UpgradeJob } from './job.ts';
import type { UpgradeState } from './state.ts';

/**
 * Watches the new container: it must run without being restarted, not be unhealthy, and say in its log that it has read
 * its config when the old one said so. Throws a `Trouble` with the last lines of its log when it does not.
 */
export async function checkNew(
  job: UpgradeJob,
  reversal: Reversal,
  { inUse, before }: UpgradeState,
): Promise<void> {
  const { context, request } = job;
  const isExpected = before !== undefined && (await saidLoaded(job, before));
  await spin(context.world, context.say, `Watching ${job.name}`, async (spinner) => {
    const start = context.world.now().getTime();
    for (;;) {
      const lines = await logOfStart(context.engine, job.name, inUse!.state.startedAt);
      const [now] = await inspectContainers(context.engine, [inUse!.id]);
      const { loaded, refused } = signsIn(lines);
      const fault = faultOf(now, inUse!) ?? (refused === undefined ? undefined : 'could not read its config');
      if (fault !== undefined && !(await failedBefore(job, before, refused, fault)))
        throw await notGood(job, fault);
      const passed = context.world.now().getTime() - start;
      if (passed >= request.watch && (loaded || !isExpected)) {
        if (!loaded)
          context.say.note(
            `${job.name} is running, but its log does not confirm that config.toml was loaded.`,
          );
        return;
      }
      if (canRedraw(context.world.stderr)) spinner.says(`Watching ${job.name}: ${timeWords(passed)}`);
      if (passed >= Math.max(request.watch, silence))
        throw await notGood(job, 'is running, but its log does not confirm that config.toml was loaded');
      await pause(Math.min(500, Math.max(50, request.watch - passed)), reversal.back);
      if (reversal.back.aborted) return;
    }
  });
}

// gitlab-runner reads its config within the first second; a slow disk may take longer.
const silence = 30_000;

async function saidLoaded({ context }: UpgradeJob, before: Container): Promise<boolean> {
  return signsIn(await logOfStart(context.engine, before.id, before.state.startedAt, 60)).loaded;
}

// Without a config both complain, and the new one is no worse; gitlab-runner says before that it has read its config.
async function failedBefore(
  { context }: UpgradeJob,
  before: Container | undefined,
  refused: string | undefined,
  fault: string,
): Promise<boolean> {
  if (refused === undefined || before === undefined || fault !== 'could not read its config') return false;
  const file = configPlace(before)?.file;
  if (/no such file/i.test(refused) && file !== undefined && !existsSync(file)) return true;
  const first = signsIn(await logOfStart(context.engine, before.id, before.state.startedAt, 60));
  if (first.refused !== undefined && !first.loaded) return true;
  const lines = await logOf(context.engine, before.id);
  return [first.refused, ...lines].some((line) => line !== undefined && reasonIn(line) === reasonIn(refused));
}

// Without what changes from line to line: the time, the number of jobs.
const reasonIn = (line: string): string =>
  /failed to load config[^"]*?(?= builds=|"|$)/i.exec(line)?.[0].toLowerCase() ?? line;

async function notGood({ name, image, old, context }: UpgradeJob, fault: string): Promise<Trouble> {
  const hide = masker(secretsOf(old));
  const lines = await logOf(context.engine, name, 8);
  const shown = lines.map((line) => `  ${harmless(hide(line), 200)}`);
  return new Trouble(`${name} with ${image.reference} ${fault}.`, {
    why: shown.length === 0 ? 'The log is empty.' : `The last lines of its log:\n${shown.join('\n')}`,
    hint: `Check the release notes of that version, or use another tag: runner-setup container upgrade ${name} --to TAG`,
  });
}
