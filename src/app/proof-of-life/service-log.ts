import { Trouble } from '../../errors.ts';
import type { RunnerLog } from '../../host/logs/runner-log.ts';
import { platformOf } from '../../host/platform/index.ts';
import { effectOn } from '../effect.ts';
import type { Blind, Evidence, Subject, Unseen, Watch } from './evidence.ts';
import { isLog, logFor } from './log-of.ts';
import { watchLog } from './watch-log.ts';

/** The log of the service that starts gitlab-runner with the file: the journal, or a file. */
export const serviceLog: Evidence = {
  open: async (subject) => {
    const { file, world } = subject;
    if (file.container !== undefined) return undefined;
    const log = await logFor(file.path, world);
    return isLog(log) ? watched(log, subject) : log;
  },
};

async function watched(log: RunnerLog, subject: Subject): Promise<Watch | Blind> {
  try {
    return await watchLog(log, subject, {
      seen: `gitlab-runner loaded the config, and ${log.name} shows no errors for the runner.`,
      command: `${log.command}\nrunner-setup doctor`,
      whySilent: () => notRunning(subject),
    });
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { why: error.why ?? error.message, command: log.command };
  }
}

// What does not run logs nothing.
function notRunning({ file, world }: Subject): Unseen | undefined {
  const { kind, words } = effectOn(file, world);
  if (kind !== 'stopped' && kind !== 'other') return undefined;
  const { start, status } = platformOf(world).usualService(world.env);
  return { why: words, hint: kind === 'stopped' ? start : status };
}
