import { isDeepStrictEqual } from 'node:util';
import { showDiff, type Versions } from '../../app/diff.ts';
import type { DiffLine } from '../../config/diff.ts';
import { valueAt } from '../../config/model.ts';
import { blockOf } from '../../runner/block.ts';
import { plannedRunner } from '../../runner/plan.ts';
import { leavesOf } from '../../runner/preset.ts';
import { settingsToReplay } from '../../runner/replay.ts';
import { createBody, registerBody } from '../../runner/request.ts';
import { settingNames, table } from '../../settings/table.ts';
import { harmless } from '../../text/sanitize.ts';
import { fold } from '../../text/wrap.ts';
import type { RegisterContext, RegisterPlan } from './plan.ts';

/**
 * Shows what a plan is going to change: what GitLab is told, and the lines of config.toml. Of a new runner the lines that
 * somebody chose, the others counted; with `isWhole` all of them, and the command that does the same.
 */
export async function showReview(
  context: RegisterContext,
  ready: RegisterPlan,
  versions: Versions,
  { isWhole, columns }: { readonly isWhole: boolean; readonly columns: number },
): Promise<void> {
  const { say } = context;
  const to = context.yes ? 'talk' : 'propose';
  say[to]('');
  const [head, told] = gitlabLines(ready);
  if (head !== undefined) say[to](fold(head, columns, 2));
  if (told !== undefined) say[to](`  ${fold(told, columns, 2)}`);
  const isFolded = !isWhole && ready.plan.action === 'add';
  let left = 0;
  await showDiff(say, versions, to, (lines) => {
    const shown = isFolded ? chosenLines(lines, ready) : lines;
    left = lines.filter(isKeyLine).length - shown.filter(isKeyLine).length;
    return shown;
  });
  if (left > 0) say[to](`  and ${left} default ${left === 1 ? 'line' : 'lines'} (press d, or use --verbose)`);
  if (isWhole) say[to](`\nEquivalent command:\n  ${settingsToReplay(ready.known, ready.credential)}`);
  say[to]('');
}

/** What GitLab is told about a new runner, in words. */
function gitlabLines({ plan, known, credential }: RegisterPlan): string[] {
  if (plan.action !== 'add' && plan.action !== 'renew') return [];
  const { settings } = known;
  if (credential.kind === 'authentication')
    return [
      `In GitLab at ${settings.url}: the runner keeps its tags and settings; this machine is added to it.`,
    ];
  const isAccess = credential.kind === 'access';
  const body = isAccess ? createBody(settings, {}) : registerBody(settings, credential, {});
  const owner = settings.project ?? settings.group;
  const kind = isAccess ? `a new ${settings.runnerType} runner` : 'a new runner';
  const head = `In GitLab at ${settings.url}: ${kind}${owner === undefined ? '' : ` in ${owner}`}`;
  return [head, wordsOnBody(body)];
}

const wordsOnBody = (body: Readonly<Record<string, unknown>>): string =>
  Object.entries(words)
    .flatMap(([key, word]) => word(body[key]) ?? [])
    .join('; ');

const yesNo = (value: unknown): string => (value === true ? 'yes' : 'no');

const words: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  description: (value) => (value === undefined ? undefined : `name ${harmless(String(value), 100)}`),
  tag_list: (value) => `tags ${value === undefined ? 'none' : harmless(String(value), 200)}`,
  run_untagged: (value) => `untagged jobs ${yesNo(value)}`,
  access_level: (value) => `protected branches only ${yesNo(value === 'ref_protected')}`,
  locked: (value) => (value === undefined ? undefined : `locked ${yesNo(value)}`),
  paused: (value) => `paused ${yesNo(value)}`,
  maximum_timeout: (value) => `maximum timeout ${value === undefined ? 'project default' : `${value} s`}`,
  maintenance_note: (value) => (value === undefined ? undefined : `note ${harmless(String(value), 100)}`),
};

const keyIn = (text: string): string | undefined => /^\s*"?([\w.-]+)"?\s*=/.exec(text)?.[1];

const isKeyLine = ({ sign, text }: DiffLine): boolean => sign === '+' && keyIn(text) !== undefined;

/** Of the lines that a new runner brings, those of keys that somebody chose, with the headers above them. */
function chosenLines(lines: readonly DiffLine[], ready: RegisterPlan): DiffLine[] {
  const isChosen = choiceOf(ready);
  const shown: DiffLine[] = [];
  let headers: DiffLine[] = [];
  let place: readonly string[] = [];
  let isShown = false;
  for (const line of lines.filter(({ sign, text }) => sign === '+' && text.trim() !== '')) {
    const header = /^\s*\[+([^\]]+)\]+\s*$/.exec(line.text)?.[1];
    if (header !== undefined) {
      place = header.split('.');
      const depth = place.length;
      headers = [...headers.filter((one) => indentOf(one) < indentOf(line) && depth > 1), line];
      isShown = false;
      continue;
    }
    const key = keyIn(line.text);
    if (key !== undefined) isShown = isChosen([...place, key]);
    if (!isShown) continue;
    shown.push(...headers, line);
    headers = [];
  }
  return shown;
}

const indentOf = ({ text }: DiffLine): number => text.length - text.trimStart().length;

const identity = ['name', 'url', 'token', 'executor'];

/** Tells of a key, as a path below the file, whether somebody chose its value. */
function choiceOf({ known, input, plan }: RegisterPlan): (path: readonly string[]) => boolean {
  const { settings, sources } = known;
  const given = settingNames.filter(
    (name) => settings[name] !== undefined && sources.get(name) !== 'default',
  );
  const inBlock = new Set([...identity, ...given.flatMap((name) => table[name].toml ?? [])]);
  const inGlobal = new Set(given.flatMap((name) => table[name].global ?? []));
  const planned = plannedRunner(input, plan);
  const { executor } = settings;
  const usual = blockOf(executor === undefined ? {} : { executor }, undefined);
  const differs = leavesOf(planned)
    .filter(({ path, value }) => !isDeepStrictEqual(value, valueAt(usual, [...path])))
    .map(({ path }) => path.join('.'));
  const own = new Set([...inBlock, ...differs]);
  return ([first = '', ...rest]) => {
    if (first !== 'runners') return inGlobal.has([first, ...rest].join('.'));
    return rest.some((_, at) => own.has(rest.slice(0, at + 1).join('.')));
  };
}
