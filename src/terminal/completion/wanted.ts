import { appliesTo } from '../../settings/executors.ts';
import { isYesNoWord } from '../../settings/kinds.ts';
import { mostUsedNames } from '../../settings/most-used.ts';
import type { Offer, Row } from '../../settings/row.ts';
import { table } from '../../settings/table.ts';
import { type Grammar, type Offers, programOptions, type VerbOption } from '../options.ts';

/** One word that may stand at the cursor. */
export interface Candidate {
  readonly value: string;
  readonly line?: string;
  /** More has to follow, without a blank between. */
  readonly isOpen?: boolean;
}

/** What may stand at the cursor, and what the words before it say. */
export interface Completion {
  /** The beginning of the word that is settled, such as `--executor=`; the offers go on from there. */
  readonly settled: string;
  /** What was typed of the rest. */
  readonly typed: string;
  readonly offers: Offer | readonly Candidate[];
  /** The words of each flag, by the name it is kept under. */
  readonly given: Readonly<Record<string, readonly string[]>>;
  readonly positionals: readonly string[];
}

/** Finds what may stand at the cursor of a command's line; whatever is wrong before it is passed over. */
export function wantedAt(before: readonly string[], current: string, grammar: Grammar): Completion {
  const flags = flagsOf(grammar);
  const { given, positionals, awaited, isOver } = walkOver(before, flags);
  const known = { given, positionals };
  if (awaited !== undefined) return { ...known, ...offersAt(awaited, '', current) };
  const [, form, value = ''] = (!isOver && /^(--?[A-Za-z][^=]*)=(.*)$/s.exec(current)) || [];
  if (form !== undefined) return { ...known, ...offersAt(find(flags, form), `${form}=`, value) };
  if (!isOver && current.startsWith('-')) {
    return { ...known, settled: '', typed: current, offers: flagWords(flags, given, current) };
  }
  const offers = given.help === undefined ? grammar.next?.(positionals) : grammar.topics;
  return { ...known, settled: '', typed: current, offers: asCandidates(offers) };
}

/** A flag as completion sees it. */
interface Flag {
  readonly key: string;
  readonly forms: readonly string[];
  readonly line: string;
  readonly isSwitch: boolean;
  readonly offers: Offers | undefined;
  /** The form that is offered where it is another one than the first. */
  readonly shown?: string | undefined;
  /** Understood, and never offered. */
  readonly hasNoEffect?: boolean | undefined;
  /** Absent for a flag that is no setting. */
  readonly row?: Row;
}

function flagsOf({ names = [], verbFlags: own = {} }: Grammar): Flag[] {
  const options: [string, VerbOption][] = Object.entries<VerbOption>({ ...programOptions, ...own });
  return [
    ...names.map((name) => flagOfRow(name, table[name])),
    ...options.map(([key, { flag, short, shown, doc, isSwitch, offers, hasNoEffect }]) => ({
      key,
      forms: [flag, ...(short === undefined ? [] : [short])],
      line: doc,
      isSwitch,
      offers,
      shown,
      hasNoEffect,
    })),
  ];
}

function flagOfRow(key: string, row: Row): Flag {
  const { flag, alias, short, kind, doc } = row;
  const forms = [flag, alias, short].filter((form) => form !== undefined);
  return { key, forms, line: doc, isSwitch: kind.name === 'yes-no', offers: offersOf(row), row };
}

function offersOf({ kind, offers }: Row): Offers | undefined {
  if (kind.name === 'yes-no') return ['true', 'false'];
  return offers ?? kind.lines ?? kind.choices ?? (/^(FILE|PATH)$/.test(kind.hint) ? 'files' : undefined);
}

// gitlab-runner takes long flags with one dash, too.
const find = (flags: readonly Flag[], form: string): Flag | undefined =>
  flags.find(({ forms }) => forms.includes(form) || (!form.startsWith('--') && forms.includes(`-${form}`)));

interface Walk {
  readonly given: Record<string, string[]>;
  readonly positionals: string[];
  /** The flag that waits for its value at the cursor. */
  awaited: Flag | undefined;
  /** Whether `--` has ended the flags. */
  isOver: boolean;
}

function walkOver(before: readonly string[], flags: readonly Flag[]): Walk {
  const walk: Walk = { given: {}, positionals: [], awaited: undefined, isOver: false };
  const give = ({ key }: Flag, word: string) => {
    walk.given[key] = [...(walk.given[key] ?? []), word];
  };
  for (const [at, word] of before.entries()) {
    const [, form, value] = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const flag = form === undefined ? undefined : find(flags, form);
    if (walk.awaited !== undefined) {
      give(walk.awaited, word);
      walk.awaited = undefined;
    } else if (walk.isOver) walk.positionals.push(word);
    else if (word === '--') walk.isOver = true;
    else if (flag !== undefined && (flag.isSwitch || value !== undefined)) give(flag, value ?? '');
    else if (flag !== undefined) walk.awaited = flag;
    else if (form === undefined && !isWordOfSwitch(word, before[at - 1], flags)) walk.positionals.push(word);
  }
  return walk;
}

const isWordOfSwitch = (word: string, before: string | undefined, flags: readonly Flag[]): boolean =>
  isYesNoWord(word) && before?.startsWith('-') === true && find(flags, before)?.isSwitch === true;

function offersAt(
  flag: Flag | undefined,
  settled: string,
  typed: string,
): Pick<Completion, 'settled' | 'typed' | 'offers'> {
  const offers = asCandidates(flag?.offers);
  const comma = flag?.row?.kind.name === 'list' ? typed.lastIndexOf(',') + 1 : 0;
  if (comma === 0 || typeof offers === 'string') return { settled, typed, offers };
  const taken = typed.slice(0, comma).split(',');
  const rest = offers.filter(({ value }) => !taken.includes(value));
  return { settled: settled + typed.slice(0, comma), typed: typed.slice(comma), offers: rest };
}

function asCandidates(offers: Offers | undefined): Offer | readonly Candidate[] {
  if (offers === undefined) return [];
  if (typeof offers === 'string') return offers;
  if (isList(offers)) return offers.map((value) => ({ value }));
  return Object.entries(offers).map(([value, line]) => ({ value, line }));
}

const isList = (offers: Exclude<Offers, Offer>): offers is readonly string[] => Array.isArray(offers);

const isMostUsed = (key: string): boolean => mostUsedNames.some((name) => name === key);

// Hundreds of flags at once help nobody: before a letter is typed those that the short help shows are offered.
function flagWords(flags: readonly Flag[], given: Completion['given'], current: string): Candidate[] {
  const isBare = flags.length > 60 && /^--?$/.test(current);
  const executor = given.executor?.at(-1);
  const fitting = flags.filter(({ key, row, hasNoEffect }) => {
    if (hasNoEffect || isDone(key, row, given) || (isBare && row !== undefined && !isMostUsed(key)))
      return false;
    return executor === undefined || row?.toml === undefined || appliesTo(row.toml, executor);
  });
  return fitting.flatMap(({ forms, isSwitch, offers, line, shown }) => {
    const [first = '', ...others] = forms;
    const flag = shown ?? first;
    const also = others.filter((form) => (form.startsWith('--') ? !isBare : form === current));
    // Of the switches, those that may be false have words on offer.
    const isNegated = isSwitch && shown === undefined && offers !== undefined && current.startsWith('--no-');
    const negated = isNegated ? [flag.replace('--', '--no-')] : [];
    return [flag, ...also, ...negated].map((value) => ({ value, line }));
  });
}

function isDone(key: string, row: Row | undefined, given: Completion['given']): boolean {
  if (given[key] === undefined) return false;
  return row !== undefined && row.kind.name !== 'list' && row.kind.name !== 'map';
}
