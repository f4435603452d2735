import { textIn } from '../../config/model.ts';
import { Trouble } from '../../errors.ts';
import type { RunnerLog } from '../../host/logs/runner-log.ts';
import { judgeLog, type LogVerdict, readLogLine } from '../../runner/log.ts';
import type { Subject, Unseen, Watch } from './evidence.ts';

// Two rounds of gitlab-runner's usual check_interval of three seconds.
const quiet = 5;

/** What is said of a log that is watched. */
interface LogWords {
  /** The sentence for a runner that was seen. */
  readonly seen: string;
  /** What shows more to a person. */
  readonly command: string;
  /** Why it may say nothing of the runner, where something explains that. */
  whySilent?(): Unseen | undefined;
}

/**
 * Watches a log of gitlab-runner for what it says after a change of its config: that it was loaded, and then nothing bad
 * about this runner for a while. Throws when the log cannot be read.
 */
export async function watchLog(
  log: RunnerLog,
  { written, world, token, globals, signal }: Subject,
  { seen, command, whySilent }: LogWords,
): Promise<Watch> {
  const verdictOn = async (since: Date | undefined) =>
    judgeLog((await log.read(since)).map(readLogLine), token);
  // Not a moment earlier: what was loaded before the file was written is another config. Clocks are the same here.
  const since = written ?? new Date(world.now().getTime() - 5000);
  // What did not change was read long ago, and what was refused then is not asked for again for an hour.
  const earlier = written === undefined ? await verdictOn(undefined) : undefined;
  let last = await verdictOn(since);
  let calm = 0;
  return {
    by: 'log',
    who: log.name,
    seen,
    isEnough: false,
    look: async () => {
      if (signal.aborted) return false;
      last = await verdictOn(since);
      const refused = [last.trouble, last.isLoaded ? undefined : earlier?.trouble].find(
        (one) => one?.isFinal,
      );
      if (refused !== undefined) throw refusal(log, refused);
      if (last.isAnswered) return true;
      calm = (last.isLoaded || earlier?.isLoaded) && last.trouble === undefined ? calm + 1 : 0;
      return calm > quiet;
    },
    unseen: () => {
      const known = whyUnseen(log, last, textIn(globals, 'log_level'));
      if (known !== undefined) return { why: known, hint: command };
      const name = log.name.replace(/^./, (first) => first.toUpperCase());
      return whySilent?.() ?? { why: `${name} does not confirm that config.toml was loaded.`, hint: command };
    },
  };
}

const refusal = ({ name }: RunnerLog, { message, line, next }: NonNullable<LogVerdict['trouble']>): Trouble =>
  new Trouble(message, { why: `Seen in ${name}: ${line}`, hint: next ?? 'runner-setup doctor' });

function whyUnseen({ name }: RunnerLog, { trouble }: LogVerdict, level: string): string | undefined {
  if (trouble !== undefined) return `${trouble.message} Seen in ${name}: ${trouble.line}`;
  if (/^(warn|error|fatal|panic)/i.test(level))
    return `log_level is "${level}", so gitlab-runner does not log that it loads config.toml.`;
  return undefined;
}
