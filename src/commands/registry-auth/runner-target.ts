import { textAfter } from '../../app/config-file.ts';
import { showDiff } from '../../app/diff.ts';
import type { Rollback } from '../../app/rollback.ts';
import { type Agreed, replaceConfig } from '../../app/save.ts';
import { type Change as ConfigChange, textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import type { Replaced, Replacing } from '../../config/replace-file.ts';
import { Trouble } from '../../errors.ts';
import { type DockerConfig, writeCompact } from '../../host/docker-config.ts';
import { environmentWith, variableIn } from '../../runner/proxy.ts';
import { foundAgain, nameOf, type RunnerEntry } from '../../runner/select.ts';
import { type RegistryAuthContext, variableKey } from './context.ts';
import { type Change, loginLines, readLogins, type Target, textFor } from './target.ts';

/** The `environment` of a runner as a target for logins. */
export function runnerTarget(context: RegistryAuthContext, at: RunnerEntry): Target {
  const { say, path } = context;
  const file = context.file!;
  const name = `the environment of runner ${nameOf(at)} in ${path}`;
  const found = readLogins(context, variableIn(at.runner, variableKey), name);
  const planned = (change: Change) => textAfter(file, changesFor(at, found, change));
  return {
    name,
    label: `runner ${nameOf(at)}`,
    about: aboutRunner,
    json: { kind: 'runner', runner: at.at + 1, name: textIn(at.runner, 'name'), file: path },
    found,
    wouldChange: (change) => changesFor(at, found, change).length > 0,
    async show(change, to) {
      const after = await planned(change);
      await showDiff(say, { file: path, before: file.text, after, isPlanned: false }, to);
      say.diff('Credentials in this environment:', loginLines(found, change(found ?? {})), to);
    },
    async apply(change, rollback, wasAsked) {
      const agreed = wasAsked ? { before: file.text, after: await planned(change) } : undefined;
      return apply(context, at, change, { rollback, agreed });
    },
  };
}

/** Who can read the `environment` of a runner, and what it comes before. */
export const aboutRunner =
  'Every job on the runner can read it. It takes precedence over the Docker config of the ' +
  'runner user. A CI/CD variable with the same name overrides it.';

function changesFor(
  { at, runner }: RunnerEntry,
  found: DockerConfig | undefined,
  change: Change,
): ConfigChange[] {
  const text = textFor(change(found ?? {}), writeCompact);
  if (text === variableIn(runner, variableKey)) return [];
  if (text?.includes('$')) {
    throw new Trouble('Credentials that contain $ cannot be in the environment of a runner.', {
      why: 'gitlab-runner would expand it as a variable.',
      hint: 'Use --host or a CI/CD variable instead.',
    });
  }
  return [environmentChange(at, environmentWith(runner, variableKey, text))];
}

const environmentChange = (at: number, value: string[]): ConfigChange =>
  value.length === 0
    ? { do: 'unset', at, path: ['environment'] }
    : { do: 'set', at, path: ['environment'], value };

async function apply(
  context: RegistryAuthContext,
  at: RunnerEntry,
  change: Change,
  { rollback, agreed }: { rollback: Rollback; agreed: Agreed | undefined },
): Promise<boolean> {
  let formerlyKept: string | undefined;
  const { written, before, after } = await replaceIn(
    { ...context, agreed },
    at,
    (config, now) => {
      rollback.check();
      const where = `${context.path}, runner ${nameOf(now)}`;
      const found = readLogins(context, variableIn(now.runner, variableKey), where);
      return textAfter(config, changesFor(now, found, change));
    },
    {
      signal: rollback.signal,
      keep: (kept, held) => {
        formerlyKept = kept();
        return held;
      },
    },
  );
  if (!written) return false;
  rollback.undoBy({
    what: `runner ${nameOf(at)}`,
    remains: `runner ${nameOf(at)} in ${context.path} is still changed. To undo: runner-setup undo`,
    run: () => takeBack(context, at, { before, after, formerlyKept }),
  });
  return true;
}

interface Replacement extends Pick<Replaced, 'before' | 'after'> {
  readonly formerlyKept: string | undefined;
}

// Also `undo` leads where it led before: a password that nobody wanted in the end must not lie beside the file.
async function takeBack(
  context: RegistryAuthContext,
  at: RunnerEntry,
  { before, after, formerlyKept }: Replacement,
): Promise<void> {
  const edit = async (config: Config, now: RunnerEntry) => {
    if (before !== undefined && config.text === after) return before;
    const value = environmentWith(now.runner, variableKey, variableIn(at.runner, variableKey));
    return textAfter(config, [environmentChange(now.at, value)]);
  };
  const keep = (read: () => string | undefined) => {
    const kept = read();
    return kept === before ? formerlyKept : kept === after ? before : kept;
  };
  await replaceIn(context, at, edit, { keep });
}

function replaceIn(
  context: RegistryAuthContext & { readonly agreed?: Agreed | undefined },
  at: RunnerEntry,
  edit: (config: Config, now: RunnerEntry) => Promise<string>,
  how: Pick<Replacing, 'signal' | 'keep'>,
): Promise<Replaced> {
  const plan = async (config: Config | undefined) => {
    const [now] = config === undefined ? [] : foundAgain(config.runners, [at], true);
    if (config === undefined || now === undefined)
      throw new Trouble(`The runner is no longer in ${context.path}. The file was changed in the meantime.`);
    return edit(config, now);
  };
  return replaceConfig(context, plan, how);
}
