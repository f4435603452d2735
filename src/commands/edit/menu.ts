import { editTargets } from '../../app/select-runner.ts';
import { sameSetting } from '../../config/canonical.ts';
import { isTable } from '../../config/model.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { resultOf } from '../../runner/edit.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { presetEdits } from '../../runner/preset.ts';
import { entriesIn, lineOf, nameOf } from '../../runner/select.ts';
import { tablesWithoutUse } from '../../settings/executors.ts';
import type { SettingName } from '../../settings/table.ts';
import { cancelled, type Entry, type Person, personOf } from '../../terminal/ask.ts';
import { columnsOf } from '../../terminal/size.ts';
import { applyEdit } from './apply.ts';
import type { EditContext } from './context.ts';
import { Draft, globalEntries, type KeyRef, runnerEntries } from './draft.ts';
import { isSet } from './flags.ts';
import { showPlan } from './output.ts';
import { askForNeeds, hasPresets, presetsForExecutor } from './preset.ts';
import { askFor } from './prompts.ts';
import { entriesFor, findEntries } from './search.ts';

/** Changes runners and the global settings together with a person; nothing is written before the yes. */
export async function editByMenu(context: EditContext): Promise<ExitCode> {
  const stop = new AbortController();
  // Questions take Ctrl-C by themselves; a SIGTERM has to end them, too.
  const release = context.world.onInterrupt(() => stop.abort());
  try {
    const person = await personOf(context.world, context.say, stop.signal);
    return await converse(context, person, new Draft(context));
  } finally {
    release();
  }
}

type Place = 'global' | number;

/** Where a person goes: to a place, to the choice of one, or to an end; `end` is the last Esc, which loses no change. */
type Next = Place | 'other' | 'save' | 'leave' | 'end';

async function converse(context: EditContext, person: Person, draft: Draft): Promise<ExitCode> {
  let next: Next = await firstPlace(context, person);
  let place: Next = next;
  for (;;) {
    if (next === 'other') next = await choosePlace(context, person);
    if (next === 'leave' || (next === 'end' && draft.count === 0)) return leave(context, draft);
    if (next === 'save' || next === 'end') {
      const done = await save(context, person, draft);
      if (done !== undefined) return done;
      next = place;
    } else if (next !== 'other') {
      place = next;
      next = await atPlace(context, person, draft, next);
    }
  }
}

async function firstPlace(context: EditContext, person: Person): Promise<Next> {
  const { config, words } = context;
  if (words.length === 0) return isSet(context, 'global') ? 'global' : 'other';
  const [place] = await editTargets(config, words, false, async () => person);
  return place!.at;
}

async function choosePlace({ config }: EditContext, person: Person): Promise<Next> {
  const places = entriesIn(config.runners);
  if (places.length < 2) return places[0]?.at ?? 'global';
  const entries: Entry[] = places.map((place) => ({ value: String(place.at), name: lineOf(place) }));
  const globals = { value: 'global', name: 'Global settings', apart: true };
  const choice = await person.pick('Which runner?', [...entries, globals], { back: 'end' });
  return choice === 'global' || choice === 'end' ? choice : Number(choice);
}

// One menu of one place, until the person goes elsewhere; the cursor stays where it was.
async function atPlace(context: EditContext, person: Person, draft: Draft, at: Place): Promise<Next> {
  let usual: string | undefined;
  for (;;) {
    const entries = entriesAt(context, draft, at);
    const ways = { usual, back: 'up', find: finding(context, draft, at) };
    const choice = await person.pick(titleOf(context, draft, at), entries, ways);
    const next = nextFor(context, at, choice);
    if (next !== undefined) return next;
    usual = choice;
    await act(context, person, draft, at, choice);
    // What a preset changed stands far above it.
    if (choice === 'preset' && draft.count > 0) usual = 'save';
  }
}

function nextFor(context: EditContext, at: Place, choice: string): Next | undefined {
  const { runners } = context.config;
  const others = runners.length === 1 ? 0 : 'other';
  if (choice === 'up') {
    if (at !== 'global') return runners.length > 1 ? 'other' : 'end';
    return isSet(context, 'global') || runners.length === 0 ? 'end' : others;
  }
  if (choice === 'runner') return others;
  if (choice === 'save' || choice === 'leave' || choice === 'other' || choice === 'global') return choice;
  return undefined;
}

async function act(
  context: EditContext,
  person: Person,
  draft: Draft,
  at: Place,
  choice: string,
): Promise<void> {
  const [what = '', name] = choice.split(' ');
  if (what === 'all') await chooseAmongAll(context, person, draft, at);
  else if (what === 'preset') await choosePreset(context, person, draft, at as number);
  else if (what === 'reach') await changeJobNetwork(context, person, draft, at as number);
  else if (what === 'kept')
    await changeAtGitlab(context, person, draft, at as number, name as SettingName | undefined);
  else await change(person, draft, draft.refOf(choice));
}

async function chooseAmongAll(context: EditContext, person: Person, draft: Draft, at: Place): Promise<void> {
  const find = (words: string) => findEntries(draft, at, words, columnsOf(context.world.stderr));
  const back = { value: 'back', name: 'Back', apart: true };
  const choice = await person.pick('Which setting?', [...find(''), back], { back: 'back', find });
  if (choice !== 'back') await act(context, person, draft, at, choice);
}

async function changeJobNetwork(
  context: EditContext,
  person: Person,
  draft: Draft,
  at: number,
): Promise<void> {
  const { editJobNetwork } = await import('./network-menu.ts');
  await editJobNetwork(context, person, draft, at);
}

async function changeAtGitlab(
  context: EditContext,
  person: Person,
  draft: Draft,
  at: number,
  first: SettingName | undefined,
): Promise<void> {
  const { editAtGitlab } = await import('./gitlab-menu.ts');
  try {
    await editAtGitlab(context, person, draft, at, first);
  } catch (error) {
    if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
    context.say.trouble(error);
  }
}

async function change(person: Person, draft: Draft, ref: KeyRef): Promise<void> {
  const before = draft.valueAt(ref);
  const answer = await askFor(person, draft.asked(ref), before);
  if (answer === 'same') return;
  draft.put(ref, answer === 'unset' ? undefined : answer.value);
  if (ref.at === 'global' || ref.key.path.join('.') !== 'executor') return;
  if (!(await offerTables(person, draft, ref.at))) draft.put(ref, before);
}

// Tables that the new executor does not read would only mislead; those of the executor before come back with it. False
// when the person goes back to the executor before.
async function offerTables(person: Person, draft: Draft, at: number): Promise<boolean> {
  const before = draft.config.runners[at]!;
  const refOf = (table: string) => draft.refOf(`${at} ${table}`);
  for (const [name, value] of Object.entries(before)) if (isTable(value)) draft.restore(refOf(name));
  const executor = draft.executorAt(at);
  const tables = tablesWithoutUse(Object.keys(draft.runnerAt(at)), executor);
  if (tables.length === 0) return true;
  const names = tables.map((table) => `[runners.${table}]`).join(', ');
  const choice = await person.pick(
    `The executor ${executor} does not use ${names}`,
    [
      { value: 'remove', name: `Remove ${names}` },
      { value: 'keep', name: `Keep ${names}` },
      { value: 'back', name: 'Go back' },
    ],
    { back: 'back' },
  );
  if (choice === 'remove') for (const table of tables) draft.put(refOf(table), undefined);
  return choice !== 'back';
}

function titleOf({ config }: EditContext, draft: Draft, at: Place): string {
  const what = at === 'global' ? 'Global settings' : nameOf({ at, runner: config.runners[at]! });
  return draft.count === 0 ? what : `${what}, ${draft.count === 1 ? '1 change' : `${draft.count} changes`}`;
}

function entriesAt(context: EditContext, draft: Draft, at: Place): Entry[] {
  const width = columnsOf(context.world.stderr);
  const settings = at === 'global' ? globalEntries(draft, width) : runnerEntries(draft, at, width);
  return [...saving(draft), ...settings, ...waysOn(context, draft, at)];
}

// What leads on is found, too: before the settings by its name, behind them by its description.
const finding =
  (context: EditContext, draft: Draft, at: Place) =>
  (words: string): Entry[] => {
    const { called, described } = entriesFor([...saving(draft), ...waysOn(context, draft, at)], words);
    const settings = findEntries(draft, at, words, columnsOf(context.world.stderr));
    return [...called, ...settings, ...described].map(({ apart: _, ...entry }) => entry);
  };

// What waits to be saved must not be far down a list that is longer than the screen.
const saving = ({ count }: Draft): Entry[] =>
  count > 0 ? [{ value: 'save', name: 'Show the changes and save' }] : [];

const reach: Entry = {
  value: 'reach',
  name: 'How jobs reach GitLab …',
  line: 'Host names, certificate, and proxy; test in a container',
};

function waysOn({ config: { runners } }: EditContext, draft: Draft, at: Place): Entry[] {
  const executor = at === 'global' ? '' : draft.executorAt(at);
  return [
    { value: 'all', name: 'All settings …', line: 'Every setting; type to search', apart: true },
    ...(hasPresets(executor) ? [{ value: 'preset', name: 'Build images with …', line: presetLine }] : []),
    ...(at === 'global' ? [] : [reach, keptEntry(draft), { value: 'global', name: 'Global settings …' }]),
    ...(at === 'global' && runners.length > 0 ? [{ value: 'runner', name: 'Back to the runners' }] : []),
    ...(at !== 'global' && runners.length > 1 ? [{ value: 'other', name: 'Another runner …' }] : []),
    { value: 'leave', name: draft.count > 0 ? 'Leave without saving' : 'Leave', apart: true },
  ];
}

const keptEntry = ({ accessToken }: Draft): Entry => ({
  value: 'kept',
  name: 'Settings in GitLab …',
  line: `Tags, paused, protected, timeout, description${accessToken === undefined ? '; requires an access token' : ''}`,
});

const presetLine = 'Apply a preset: Docker-in-Docker, socket, Buildah, …';

async function save(context: EditContext, person: Person, draft: Draft): Promise<ExitCode | undefined> {
  const request = await draft.request().catch((error: unknown) => {
    if (!(error instanceof Trouble)) throw error;
    context.say.trouble(error);
  });
  if (request === undefined) return undefined;
  if (!context.dryRun && request.plan.changes.length + request.atGitlab.length > 0) {
    for (const warning of request.plan.warnings) context.say.warn(warning);
    await showPlan(context.say, request, 'propose');
    const choice = await person.choose('Save these changes?', saveChoices, 'save', 'back');
    if (choice === 'back') return undefined;
    if (choice === 'discard') throw cancelled();
  }
  return applyEdit(context, request);
}

const saveChoices = [
  { value: 'save', name: 'Save' },
  { value: 'discard', name: 'Discard' },
  { value: 'back', name: 'Go back' },
] as const;

function leave({ say, config }: EditContext, draft: Draft): ExitCode {
  const lost = draft.count === 0 ? '' : ' Changes discarded.';
  say.done(`Nothing was changed in ${config.file}.${lost}`);
  return exitCode.done;
}

// What the preset changes waits with the other changes.
async function choosePreset(context: EditContext, person: Person, draft: Draft, at: number): Promise<void> {
  const executor = draft.executorAt(at);
  const all = await presetsForExecutor(executor);
  const width = Math.max(...all.map(({ title }) => title.length));
  const entries: Entry[] = all.map(({ name, title, risk, notes }) => ({
    value: name,
    name: `${title.padEnd(width)}  ${risk}`,
    line: `${name}: ${notes.join(' ')}`,
  }));
  const choice = await person.pick(
    'Build images with',
    [...entries, { value: 'back', name: 'Back', apart: true }],
    { back: 'back' },
  );
  const preset = all.find(({ name }) => name === choice);
  if (preset === undefined) return;
  const runner = draft.runnerAt(at);
  const needs = (asked: Person) => askForNeeds({ preset }, runner, [], async () => asked, context.world);
  const asked = await person.orBack<readonly Edit[] | undefined>(needs, undefined);
  if (asked === undefined) return;
  for (const edit of [...asked, ...presetEdits(preset, { runner, all, equal: sameSetting })]) {
    const ref = draft.refOf(`${at} ${edit.path.join('.')}`);
    draft.put(ref, resultOf(edit, draft.valueAt(ref)));
  }
}
