import type { FoundKey } from '../../app/config-keys.ts';
import { readAnswer } from '../../app/parse-value.ts';
import { isTable, makeTable, type Value as TomlValue } from '../../config/model.ts';
import { writeValue } from '../../config/write.ts';
import { isVolumeList, mountedBefore } from '../../runner/edit.ts';
import { type Kind, Unfit, type Value } from '../../settings/kinds.ts';
import { kindOfKey } from '../../settings/toml-keys.ts';
import type { Entry, Person } from '../../terminal/ask.ts';

/** A key that is asked for. */
export interface AskedKey extends FoundKey {
  /** A value of it as it may be shown. */
  shown(value: unknown): string | undefined;
}

/** What a person wants of a key: another value, no value, or all as it is. */
type Answer = { readonly value: TomlValue } | 'unset' | 'same';

/** Asks a person for the new value of one key, in the way that its type wants; a switch is turned at once. */
export async function askFor(person: Person, key: AskedKey, present: TomlValue | undefined): Promise<Answer> {
  const kind = kindOfKey(key.level, key.path, key.type);
  const name = key.path.join('.');
  if (key.type === 'bool') return { value: present !== true };
  if (/\[\]$|^policies$/.test(key.type)) return editList(person, key, present);
  if (/^map<string,(?!any)/.test(key.type)) return editMap(person, key, present);
  if (kind.name === 'choice' && kind.choices) return chooseOne(person, name, kind, present);
  const typed = typedKind(key, kind.hint);
  if (isSecret(key, present)) {
    const value = await person.orBack((asked) => asked.answer(hidden(name, typed), undefined), undefined);
    return value === undefined ? 'same' : { value: value as TomlValue };
  }
  const question = { ask: name, kind: typed, required: false };
  const usual = present as Value | undefined;
  const answer = await person.orBack((asked) => asked.answer(question, usual), usual);
  if (answer === usual) return 'same';
  return answer === undefined ? 'unset' : { value: answer as TomlValue };
}

// A value that is hidden where it is shown must not be proposed either, nor be seen while it is typed.
const isSecret = (key: AskedKey, present: TomlValue | undefined): boolean =>
  [present, 'a-word'].some((value) => key.shown(value)?.includes('[hidden]'));

const hidden = (ask: string, kind: Kind) => ({
  ask: `${ask} (leave empty to keep)`,
  kind: { ...kind, name: 'secret' as const },
  required: false,
});

// Answers are read by the type of the key; several lines, and tables, stand as TOML on one line.
function typedKind(key: FoundKey, hint: string): Kind {
  return {
    name: key.type === 'int' || key.type === 'float' ? 'number' : 'text',
    hint,
    read: (words) => readAnswer(key, words.at(-1) ?? '') as Value,
    write: (value) => [wordsOf(value)],
  };
}

const wordsOf = (value: unknown): string =>
  typeof value === 'string' && !/[\n\r\t]/.test(value) ? value : writeValue(value as never);

async function chooseOne(
  person: Person,
  name: string,
  { choices = [], lines }: Kind,
  present: TomlValue | undefined,
): Promise<Answer> {
  const entries: Entry[] = [
    ...choices.map((value) => ({
      value: `=${value}`,
      name: value,
      ...(lines?.[value] !== undefined && { line: lines[value] }),
    })),
    { value: 'unset', name: '(not set)' },
    { value: 'back', name: 'Back', apart: true },
  ];
  const usual = typeof present === 'string' ? `=${present}` : 'unset';
  const answer = await person.pick(name, entries, { usual, back: 'back' });
  if (answer === 'back') return 'same';
  return answer === 'unset' ? 'unset' : { value: answer.slice(1) };
}

async function editList(person: Person, key: AskedKey, present: TomlValue | undefined): Promise<Answer> {
  const before = Array.isArray(present) ? present : present === undefined || present === '' ? [] : [present];
  const items = [...before];
  const ask = (others: readonly TomlValue[], usual?: TomlValue) => {
    const words = `${key.path.join('.')}: ${usual === undefined ? 'new entry (leave empty to cancel)' : 'entry'}`;
    const kind = itemKind(key, others);
    const [question, shown] =
      usual !== undefined && isSecret(key, usual)
        ? [hidden(words, kind), undefined]
        : [{ ask: words, kind, required: false }, usual as Value | undefined];
    return person.orBack((asked) => asked.answer(question, shown), undefined);
  };
  await editItems(person, key, () => items.map(wordsOf), {
    add: async () => take(items, items.length, await ask(items)),
    change: async (at) => take(items, at, await ask(items.toSpliced(at, 1), items[at])),
    remove: (at) => void items.splice(at, 1),
  });
  return sameItems(items, before) ? 'same' : { value: items };
}

function take(items: TomlValue[], at: number, value: unknown): void {
  if (value !== undefined) items[at] = value as TomlValue;
}

const sameItems = (a: readonly TomlValue[], b: readonly TomlValue[]): boolean =>
  a.length === b.length && a.every((one, at) => one === b[at]);

function itemKind(key: FoundKey, others: readonly TomlValue[]): Kind {
  return {
    name: 'text',
    hint: '',
    read(words) {
      const [value, ...more] = readAnswer(key, words.at(-1) ?? '') as TomlValue[];
      if (value === undefined || more.length > 0) throw new Unfit('one entry');
      const isVolume = isVolumeList(key.path);
      const before = isVolume ? mountedBefore(others, value) : others.find((one) => one === value);
      if (before !== undefined) throw new Unfit(`a new entry: "${String(before)}" is already in the list`);
      return value as Value;
    },
    write: (value) => [wordsOf(value)],
  };
}

async function editMap(person: Person, key: AskedKey, present: TomlValue | undefined): Promise<Answer> {
  const before = isTable(present) ? present : {};
  const pairs = makeTable(before);
  const kind: Kind = {
    name: 'text',
    hint: '',
    read: (words) => readAnswer(key, words.at(-1) ?? '') as Value,
    write: (value) => [String(value)],
  };
  const ask = async (usual?: string) => {
    const words = `${key.path.join('.')}: KEY=VALUE${usual === undefined ? ' (leave empty to cancel)' : ''}`;
    const [question, shown] =
      usual !== undefined && isSecret(key, usual)
        ? [hidden(words, kind), undefined]
        : [{ ask: words, kind, required: false }, usual];
    const answer = await person.orBack((asked) => asked.answer(question, shown), undefined);
    return isTable(answer) ? answer : {};
  };
  const names = () => Object.keys(pairs);
  await editItems(person, key, () => names().map((name) => `${name}=${wordsOf(pairs[name])}`), {
    add: async () => void Object.assign(pairs, await ask()),
    change: async (at) =>
      void Object.assign(pairs, await ask(`${names()[at]}=${wordsOf(pairs[names()[at]!])}`)),
    remove: (at) => void delete pairs[names()[at]!],
  });
  const isChanged = JSON.stringify(Object.entries(pairs)) !== JSON.stringify(Object.entries(before));
  return isChanged ? { value: pairs } : 'same';
}

interface Acts {
  add(): Promise<void>;
  change(at: number): Promise<void>;
  remove(at: number): void;
}

// A view of the elements: each can be changed or removed, and more added.
async function editItems(person: Person, key: AskedKey, shown: () => string[], acts: Acts): Promise<void> {
  const name = key.path.join('.');
  const masked = (words: string) => key.shown(words)?.replace(/^"(.*)"$/, '$1') ?? words;
  for (let usual = 'add'; ; usual = 'back') {
    const entries: Entry[] = shown().map((words, at) => ({ value: String(at), name: masked(words) }));
    const more: Entry[] = [
      { value: 'add', name: 'Add an entry', apart: entries.length > 0 },
      { value: 'back', name: 'Back' },
    ];
    const choice = await person.pick(name, [...entries, ...more], { usual, back: 'back' });
    if (choice === 'back') return;
    if (choice === 'add') await acts.add();
    else await editItem(person, masked(shown()[Number(choice)]!), Number(choice), acts);
  }
}

async function editItem(person: Person, name: string, at: number, acts: Acts): Promise<void> {
  const entries = [
    { value: 'change', name: 'Change' },
    { value: 'remove', name: 'Remove' },
    { value: 'back', name: 'Back' },
  ];
  const act = await person.pick(name, entries, { back: 'back' });
  if (act === 'change') await acts.change(at);
  if (act === 'remove') acts.remove(at);
}
