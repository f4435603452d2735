import { showDiff } from '../../app/diff.ts';
import { dryRunCode } from '../../app/invocation.ts';
import { maskValue } from '../../config/mask.ts';
import { plainOf, plainOfText } from '../../config/plain.ts';
import { writeValue } from '../../config/write.ts';
import { type ExitCode, errorOf, exitCode } from '../../errors.ts';
import type { Kept, ValueChange } from '../../fleet-file/changes.ts';
import type { Output } from '../../terminal/output-schema.ts';
import type { Channel } from '../../terminal/say.ts';
import { columnsOf } from '../../terminal/size.ts';
import { harmless } from '../../text/sanitize.ts';
import { quote } from '../../text/shell-quote.ts';
import { fold } from '../../text/wrap.ts';
import type { StepResult } from './apply.ts';
import type { ApplyContext } from './context.ts';
import { faultOf } from './look.ts';
import { type ApplyPlan, isActing, type Step } from './plan.ts';

/** The text of config.toml before a plan, and as it leaves it. */
export interface PlannedText {
  readonly before: string | undefined;
  readonly after: string;
}

/** Shows a plan: the diff of config.toml, and below it, where people are asked, a line for each runner that changes. */
export async function showPlan(
  context: ApplyContext,
  plan: ApplyPlan,
  { before, after }: PlannedText,
  to: Channel,
): Promise<void> {
  const { say, path, world } = context;
  if (before !== after) await showDiff(say, { file: path, before, after, isPlanned: true }, to);
  const width = columnsOf(to === 'result' ? world.stdout : world.stderr);
  for (const line of linesOf(context, plan)) say[to](foldIndented(line, width));
}

function foldIndented(line: string, width: number): string {
  const indent = line.length - line.trimStart().length;
  return ' '.repeat(indent) + fold(line.trimStart(), width, indent + 2);
}

/** Why a runner that `apply` added is not looked after any more. */
const leftWords = ({ fleet, host, elsewhere }: ApplyContext, key: string): string =>
  elsewhere.has(key) ? `${key} is not for the host ${host} in ${fleet}.` : `${key} is no longer in ${fleet}.`;

function linesOf(context: ApplyContext, { global, steps, left }: ApplyPlan): string[] {
  const { fleet, host, say } = context;
  const counts = countsOf(steps, planWords);
  const isGlobal = global.length > 0 ? ['global settings to change'] : [];
  return [
    `${fleet} on ${host}: ${[...isGlobal, ...counts].join(', ') || 'no runners'}.`,
    ...steps.filter(({ action }) => action !== 'leave').flatMap(stepLines),
    ...left.map((key) => `  ${leftWords(context, key)} To remove what apply added, add --prune.`),
  ].map((line) => say.masked(line));
}

function stepLines(step: Step): string[] {
  const { key, action, there, before, notes } = step;
  const changes = Object.entries(there).map(
    ([name, value]) => `      in GitLab: ${name} ${shownKept(before[name])} -> ${shownKept(value)}`,
  );
  return [`  ${signs[action]} ${key}: ${deedOf(step)}`, ...changes, ...notes.map((note) => `      ${note}`)];
}

const signs: Readonly<Record<Step['action'], string>> = {
  create: '+',
  replace: '+',
  recover: '+',
  add: '+',
  retoken: '~',
  change: '~',
  leave: ' ',
  remove: '-',
  forget: '-',
};

function deedOf(step: Step): string {
  const { action, id, at, here, deletes } = step;
  const entry = at === undefined ? '' : `#${at + 1}`;
  const named = [entry, id === undefined ? '' : `id ${id}`].filter((one) => one !== '').join(', ');
  const keys = keysOf(here);
  switch (action) {
    case 'create':
      return `create in GitLab (${ownerOf(step)}), add to config.toml`;
    case 'replace':
      return `create in GitLab (${ownerOf(step)}), replace the token of ${entry}${keys === '' ? '' : ` and change ${keys}`}`;
    case 'recover':
      return `get a new token for the runner ${id}, add to config.toml`;
    case 'add':
      return 'check its token, add to config.toml';
    case 'retoken':
      return `check the new token, change ${[`token of ${entry}`, keys].filter(Boolean).join(', ')}`;
    case 'remove':
      return `remove ${entry} from config.toml${deletes ? `, delete runner ${id} in GitLab` : ''}`;
    case 'forget':
      return 'no longer managed';
    default:
      return keys === '' ? `change (${named})` : `change ${keys} (${named})`;
  }
}

// The diff above shows them all.
function keysOf(changes: readonly ValueChange[]): string {
  const keys = changes.map(({ path }) => path.join('.'));
  return keys.length <= 4
    ? keys.join(', ')
    : `${keys.slice(0, 3).join(', ')}, and ${keys.length - 3} more keys`;
}

function ownerOf({ wanted }: Step): string {
  const { type, group_id: group, project_id: project } = wanted!.gitlab;
  if (group !== undefined) return `group ${harmless(String(group), 80)}`;
  return project === undefined ? `${type}` : `project ${harmless(String(project), 80)}`;
}

const shownKept = (value: unknown): string =>
  value === null || value === undefined || String(value) === ''
    ? '(none)'
    : harmless(Array.isArray(value) ? value.join(',') : JSON.stringify(value).replace(/^"|"$/g, ''), 200);

interface CountWords {
  readonly create: string;
  readonly change: string;
  readonly remove: string;
  readonly forget: string;
  readonly leave: string;
}

const planWords: CountWords = {
  create: 'to create',
  change: 'to change',
  remove: 'to remove',
  forget: 'no longer managed',
  leave: 'unchanged',
};
const doneWords: CountWords = {
  create: 'created',
  change: 'changed',
  remove: 'removed',
  forget: 'no longer managed',
  leave: 'unchanged',
};

const kinds: Readonly<Record<Step['action'], keyof CountWords>> = {
  create: 'create',
  replace: 'create',
  recover: 'create',
  add: 'create',
  retoken: 'change',
  change: 'change',
  leave: 'leave',
  remove: 'remove',
  forget: 'forget',
};

function countsOf(steps: readonly Step[], words: CountWords): string[] {
  return (Object.keys(words) as (keyof CountWords)[]).flatMap((kind) => {
    const count = steps.filter(({ action }) => kinds[action] === kind).length;
    return count === 0 ? [] : [`${count} ${words[kind]}`];
  });
}

function pruneCommand({ verbFlags }: ApplyContext): string {
  const files = (verbFlags.file ?? []).map((name) => ` -f ${quote(name)}`);
  return `runner-setup apply${files.join('')} --prune`;
}

/** Says that there is nothing to do, in one line. */
export function tellUnchanged(context: ApplyContext, plan: ApplyPlan): ExitCode {
  const { say, fleet, host, path, elsewhere } = context;
  if (say.mode.json) say.object(outputOf(context, plan, 'unchanged', []));
  else if (plan.steps.length > 0 || elsewhere.size === 0) {
    const count = plan.steps.length;
    say.done(
      `Nothing to change: ${path} has ${count === 1 ? 'the runner' : `the ${count} runners`} of ${fleet}.`,
    );
  } else say.done(`Nothing to change: ${fleet} has no runner for the host ${host}.`);
  for (const key of plan.left) say.note(`${leftWords(context, key)} To remove it: ${pruneCommand(context)}`);
  return exitCode.done;
}

/** Shows what a dry run would do, and gives its exit code. */
export async function tellPlanned(
  context: ApplyContext,
  plan: ApplyPlan,
  text: PlannedText,
): Promise<ExitCode> {
  const { say } = context;
  if (say.mode.json) say.object(outputOf(context, plan, 'planned', []));
  else {
    await showPlan(context, plan, text, 'result');
    say.done('Nothing was changed. This is what would change.');
  }
  return dryRunCode(context, true);
}

/** Says how it went with one runner, as soon as that is known. */
export function tellResult(
  { say }: ApplyContext,
  { step, outcome, id, inGitlab, trouble }: StepResult,
): void {
  if (trouble !== undefined) say.trouble(faultOf(step.key, trouble));
  else if (outcome === 'done' && step.action !== 'leave')
    say.talk(`${step.key}: ${pastOf({ ...step, ...inGitlab }, id)}`);
}

function pastOf({ action, deletes, notes, there }: Step, id: number | undefined): string {
  const runner = id === undefined || id === 0 ? 'runner' : `runner ${id}`;
  const stays = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  if (action === 'create' || action === 'replace')
    return `created ${runner} in GitLab and saved it in config.toml.`;
  if (action === 'recover') return `got a new token for ${runner} and saved it in config.toml.`;
  const changed = Object.keys(there).join(', ');
  if (action === 'add' || action === 'retoken')
    return `saved ${runner} in config.toml${changed === '' ? '' : `, and changed it in GitLab: ${changed}`}.`;
  if (action === 'remove')
    return deletes
      ? `deleted ${runner} in GitLab and removed it from config.toml.`
      : `removed from config.toml${stays}.`;
  if (action === 'forget') return `no longer managed${stays}.`;
  return 'changed.';
}

/** Says what a run has done, and gives its exit code. */
export function tellApplied(
  context: ApplyContext,
  plan: ApplyPlan,
  results: readonly StepResult[],
): ExitCode {
  const { say, fleet } = context;
  const of = (outcome: StepResult['outcome']) =>
    results.filter((one) => one.outcome === outcome).map(({ step }) => step);
  const [done, failed, skipped] = [of('done'), of('failed'), of('skipped')];
  const isCancelled = results.some(({ trouble }) => trouble?.code === exitCode.cancelled);
  if (say.mode.json) say.object(outputOf(context, plan, 'applied', results));
  else {
    const counts = [
      ...(plan.global.length > 0 ? ['global settings changed'] : []),
      ...countsOf(done, doneWords),
      ...(failed.length > 0 ? [`${failed.length} failed`] : []),
      ...(skipped.length > 0 ? [`${skipped.length} not processed`] : []),
    ];
    const words = `Applied ${fleet}: ${counts.join(', ')}.`;
    if (failed.length > 0) say.result(words);
    else say.done(words);
  }
  if (isCancelled) return exitCode.cancelled;
  return failed.length > 0 ? exitCode.failed : exitCode.done;
}

function outputOf(
  { host, path, say }: ApplyContext,
  { global, steps, left }: ApplyPlan,
  action: 'unchanged' | 'planned' | 'applied',
  results: readonly StepResult[],
): Omit<Output, 'warnings'> {
  const showEnvironment = say.mode.environment ?? false;
  const isDone = results.some(({ step, outcome }) => outcome === 'done' && isActing(step));
  const runners = steps.map((step) => {
    const result = results.find((one) => one.step === step);
    const id = result?.id ?? step.id;
    return {
      key: step.key,
      action: step.action,
      outcome: result?.outcome ?? (action === 'unchanged' ? ('done' as const) : ('planned' as const)),
      name: step.name,
      url: step.url,
      ...(id !== undefined && { id }),
      ...(step.at !== undefined && { position: step.at + 1 }),
      here: step.here.map((one) => changeOf(one, showEnvironment)),
      gitlab: keptChanges(result?.inGitlab ?? step),
      ...(step.deletes !== undefined && { deletes: step.deletes }),
      notes: step.notes,
      ...(result?.trouble && { error: errorOf(result.trouble) }),
    };
  });
  return {
    action,
    changed: action === 'planned' || isDone || (action === 'applied' && global.length > 0),
    file: path,
    applied: { host, global: global.map((one) => changeOf(one, showEnvironment)), runners, left },
  };
}

function changeOf({ path, before, after }: ValueChange, showEnvironment: boolean) {
  const shown = (value: ValueChange['before']): unknown => {
    if (value === undefined) return null;
    const text = writeValue(value);
    const masked = maskValue(path, text, { showEnvironment });
    return masked === text ? plainOf(value) : plainOfText(masked);
  };
  return { key: path.join('.'), before: shown(before), after: shown(after) };
}

const keptChanges = ({ there, before }: { there: Kept; before: Kept }) =>
  Object.entries(there).map(([key, after]) => ({
    key,
    before: before[key] ?? null,
    after: typedKept(key, after),
  }));

// GitLab takes tags as one text and no timeout as an empty one, and gives a list and null.
function typedKept(key: string, value: unknown): unknown {
  if (key === 'tag_list' && typeof value === 'string') return value === '' ? [] : value.split(',');
  return key === 'maximum_timeout' && value === '' ? null : value;
}
