import { sameSetting } from '../../config/canonical.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { resultOf } from '../../runner/edit.ts';
import { executorIn } from '../../runner/executor.ts';
import { presetEdits } from '../../runner/preset.ts';
import { entriesIn, lineOf, nameOf } from '../../runner/select.ts';
import { cancelled, type Entry, type Person, personOf } from '../../terminal/ask.ts';
import { columnsOf } from '../../terminal/size.ts';
import { applyEdit } from './apply.ts';
import type { EditContext } from './context.ts';
import { Draft, findEntries, globalEntries, type KeyRef, runnerEntries } from './draft.ts';
import { isSet } from './flags.ts';
import { showPlan } from './output.ts';
import { askForNeeds, hasPresets, presetsForExecutor } from './preset.ts';
import { askFor } from './prompts.ts';
import { targetsOf } from './request.ts';

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

async function converse(context: EditContext, person: Person, draft: Draft): Promise<ExitCode> {
  let at = await firstPlace(context, person);
  for (;;) {
    const next = await atPlace(context, person, draft, at);
    if (next === 'leave') return leave(context, draft);
    if (next === 'save') {
      const done = await save(context, person, draft);
      if (done !== undefined) return done;
    } else at = next === 'other' ? await choosePlace(context, person) : next;
  }
}

type Place = 'global' | number;

async function firstPlace(context: EditContext, person: Person): Promise<Place> {
  const { config, words } = context;
  if (words.length === 0) return isSet(context, 'global') ? 'global' : choosePlace(context, person);
  const [place] = await targetsOf(config, words, false, async () => person);
  return place!.at;
}

async function choosePlace({ config }: EditContext, person: Person): Promise<Place> {
  const places = entriesIn(config.runners);
  if (places.length < 2) return places[0]?.at ?? 'global';
  const entries: Entry[] = places.map((place) => ({ value: String(place.at), name: lineOf(place) }));
  const globals = { value: 'global', name: 'Global settings', apart: true };
  const choice = await person.pick('Which runner?', [...entries, globals]);
  return choice === 'global' ? 'global' : Number(choice);
}

type Next = Place | 'save' | 'leave' | 'other';

// One menu of one place, until the person goes elsewhere; the cursor stays where it was.
async function atPlace(context: EditContext, person: Person, draft: Draft, at: Place): Promise<Next> {
  const { config, world } = context;
  let usual: string | undefined;
  for (;;) {
    const width = columnsOf(world.stderr);
    const settings = at === 'global' ? globalEntries(draft, width) : runnerEntries(draft, at, width);
    const choice = await person.pick(
      titleOf(context, draft, at),
      [...saving(draft), ...settings, ...waysOn(context, draft, at)],
      usual,
    );
    if (choice === 'save' || choice === 'leave' || choice === 'other') return choice;
    if (choice === 'global') return 'global';
    if (choice === 'runner') return config.runners.length === 1 ? 0 : 'other';
    usual = choice;
    if (choice === 'search') {
      const found = await person.search('Which setting?', (words) => findEntries(draft, at, words, width));
      if (found !== 'back') await change(person, draft, draft.refOf(found));
    } else if (choice === 'preset') {
      await choosePreset(context, person, draft, at as number);
      // What it changed stands far above it.
      if (draft.count > 0) usual = 'save';
    } else if (choice === 'reach') await changeJobNetwork(context, person, draft, at as number);
    else if (choice === 'gitlab') await keptAtGitlab(context, person, draft, at as number);
    else await change(person, draft, draft.refOf(choice));
  }
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

async function keptAtGitlab(context: EditContext, person: Person, draft: Draft, at: number): Promise<void> {
  const { editAtGitlab } = await import('./gitlab-menu.ts');
  try {
    await editAtGitlab(context, person, draft, at);
  } catch (error) {
    if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
    context.say.trouble(error);
  }
}

async function change(person: Person, draft: Draft, ref: KeyRef): Promise<void> {
  const answer = await askFor(person, draft.asked(ref), draft.valueAt(ref));
  if (answer !== 'same') draft.put(ref, answer === 'unset' ? undefined : answer.value);
}

function titleOf({ config }: EditContext, draft: Draft, at: Place): string {
  const what = at === 'global' ? 'Global settings' : nameOf({ at, runner: config.runners[at]! });
  return draft.count === 0 ? what : `${what}, ${draft.count === 1 ? '1 change' : `${draft.count} changes`}`;
}

// What waits to be saved must not be far down a list that is longer than the screen.
const saving = ({ count }: Draft): Entry[] =>
  count > 0 ? [{ value: 'save', name: 'Show the changes and save' }] : [];

const reach: Entry = {
  value: 'reach',
  name: 'How jobs reach GitLab …',
  line: 'Host names, certificate, proxy; and look it up in a container',
};

function waysOn({ config: { runners }, settings }: EditContext, draft: Draft, at: Place): Entry[] {
  const executor = at === 'global' ? '' : executorIn(runners[at]);
  const isKnown = at !== 'global' && settings.accessToken !== undefined;
  return [
    {
      value: 'search',
      name: 'Everything else …',
      line: 'Search all settings by name, flag or what they do',
      apart: true,
    },
    ...(hasPresets(executor) ? [{ value: 'preset', name: 'Build images with …', line: presetLine }] : []),
    ...(at === 'global' ? [] : [reach, { value: 'global', name: 'Global settings …' }]),
    ...(isKnown ? [{ value: 'gitlab', name: 'What GitLab keeps …', line: 'Tags, paused, locked, …' }] : []),
    ...(at === 'global' && runners.length > 0 ? [{ value: 'runner', name: 'Back to the runners' }] : []),
    ...(at !== 'global' && runners.length > 1 ? [{ value: 'other', name: 'Another runner …' }] : []),
    { value: 'leave', name: draft.count > 0 ? 'Leave without saving' : 'Leave', apart: true },
  ];
}

const presetLine = 'Docker-in-Docker, socket, Buildah …: ready settings, in the place of others';

async function save(context: EditContext, person: Person, draft: Draft): Promise<ExitCode | undefined> {
  const request = await draft.request(context.settings.accessToken).catch((error: unknown) => {
    if (!(error instanceof Trouble)) throw error;
    context.say.trouble(error);
  });
  if (request === undefined) return undefined;
  if (!context.dryRun && request.plan.changes.length + request.atGitlab.length > 0) {
    for (const warning of request.plan.warnings) context.say.warn(warning);
    await showPlan(context.say, request, 'propose');
    const choice = await person.choose('Save these changes?', [
      { value: 'yes', name: 'Yes' },
      { value: 'back', name: 'Back to the settings' },
      { value: 'no', name: 'No, leave everything as it is' },
    ]);
    if (choice === 'back') return undefined;
    if (choice === 'no') throw cancelled();
  }
  return applyEdit(context, request);
}

function leave({ say, config }: EditContext, draft: Draft): ExitCode {
  const lost = draft.count === 0 ? '' : ' Changes discarded.';
  say.done(`Nothing was written: ${config.file} stays as it is.${lost}`);
  return exitCode.done;
}

// What the preset changes waits with the other changes.
async function choosePreset(context: EditContext, person: Person, draft: Draft, at: number): Promise<void> {
  const executor = executorIn(draft.config.runners[at]);
  const all = await presetsForExecutor(executor);
  const width = Math.max(...all.map(({ title }) => title.length));
  const entries: Entry[] = all.map(({ name, title, risk, notes }) => ({
    value: name,
    name: `${title.padEnd(width)}  ${risk}`,
    line: `${name}: ${notes.join(' ')}`,
  }));
  const choice = await person.pick('Build images with', [
    ...entries,
    { value: 'back', name: 'Back', apart: true },
  ]);
  const preset = all.find(({ name }) => name === choice);
  if (preset === undefined) return;
  const runner = draft.runnerAt(at);
  const asked = await askForNeeds({ preset, all }, runner, [], async () => person, context.world);
  for (const edit of [...asked, ...presetEdits(preset, { runner, all, equal: sameSetting })]) {
    const ref = draft.refOf(`${at} ${edit.path.join('.')}`);
    draft.put(ref, resultOf(edit, draft.valueAt(ref)));
  }
}
