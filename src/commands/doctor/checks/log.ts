import { statSync } from 'node:fs';
import type { Finding } from '../../../app/findings.ts';
import { isLog, logFor, logOfContainer } from '../../../app/proof-of-life/log-of.ts';
import { textIn } from '../../../config/model.ts';
import { Trouble } from '../../../errors.ts';
import type { NoLog, RunnerLog } from '../../../host/logs/runner-log.ts';
import { judgeLog, type LogVerdict, readLogLine } from '../../../runner/log.ts';
import { expand } from '../../../text/expand.ts';
import { type Check, type CheckContext, type CheckResult, type Step, whoIs } from './check.ts';

/** Reads what gitlab-runner has logged in the last hour about the file and each of its runners. */
export const logCheck: Check = { runs: 'online', run: readLog };

const hour = 3_600_000;

async function readLog(context: CheckContext): Promise<CheckResult> {
  const { path, world, container } = context.invocation;
  const log = container === undefined ? await logFor(path, world) : logOfContainer(container);
  if (!isLog(log)) return unread(log, context.looksForJob);
  try {
    const since = new Date(world.now().getTime() - hour);
    const lines = (await log.read(since)).map(readLogLine);
    return judge(context, log, (token) => judgeLog(lines, token));
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return unread({ why: error.why ?? error.message, command: log.command }, true);
  }
}

// Where no service uses the file there is nothing to say, except to somebody who asks what is known of jobs.
function unread({ why, command }: NoLog, isTold: boolean): CheckResult {
  if (command === undefined && !isTold) return { steps: [], findings: [] };
  const message = 'the log of gitlab-runner was not read';
  const finding: Finding = { severity: 'note', rule: 'log', place: 'gitlab-runner', message, why };
  return { steps: [], findings: [{ ...finding, ...(command !== undefined && { next: command }) }] };
}

function judge(
  { config, invocation: { path, world } }: CheckContext,
  log: RunnerLog,
  verdictOn: (token: string) => LogVerdict,
): CheckResult {
  const isLoaded = verdictOn('').isLoaded;
  const isNew = world.now().getTime() - statSync(path).mtimeMs < hour;
  const loaded: Step = { about: log.name, what: 'log', ok: true, words: 'gitlab-runner loaded config.toml' };
  const tokens = config.runners.map((runner) => expand(textIn(runner, 'token'), world.env));
  const all = tokens.flatMap((token, at) =>
    token === '' ? [] : [judgeRunner(whoIs(config, at), log, verdictOn(token))],
  );
  return {
    steps: [...(isLoaded && isNew ? [loaded] : []), ...all.flatMap(({ steps }) => steps)],
    findings: all.flatMap(({ findings }) => findings),
  };
}

function judgeRunner(
  who: string,
  { name, command }: RunnerLog,
  { isAnswered, trouble }: LogVerdict,
): CheckResult {
  const words = 'a job was received in the last hour';
  if (trouble === undefined)
    return { steps: isAnswered ? [{ about: who, what: 'log', ok: true, words }] : [], findings: [] };
  const { isFinal, isOfAll, message, line, next } = trouble;
  const finding: Finding = {
    severity: isFinal ? 'error' : 'warning',
    rule: 'log',
    place: isOfAll ? 'gitlab-runner' : who,
    message: message.replace(/\.$/, ''),
    why: `Seen in ${name}: ${line}`,
    next: next ?? command,
  };
  return { steps: [], findings: [finding] };
}
