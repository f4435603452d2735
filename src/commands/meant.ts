import type { Config } from '../config/read.ts';
import { exitCode, Trouble } from '../errors.ts';
import { sameGitlab } from '../gitlab/url.ts';
import type { Table } from '../runner/block.ts';
import { lineOf, type Place, placesOf, selectRunners } from '../runner/select.ts';
import { type Entries, fittingRunners, type Selectors, withCopies } from '../runner/selectors.ts';
import { misuse, type Order } from './order.ts';

/** Every runner that was meant, in the order of the file; all of them when nobody was named. Throws when nobody fits. */
export function allMeant(order: Order, config: Config | undefined): Place[] {
  const runners: readonly Table[] = config?.runners ?? [];
  const { words, selectors } = order;
  if (words.length === 0 && isEmpty(selectors)) return placesOf(runners);
  const found = new Set(words.flatMap((word) => named(order, runners, word)).map(({ at }) => at));
  if (!isEmpty(selectors)) for (const { at } of fitting(order, runners)) found.add(at);
  return placesOf(runners).filter(({ at }) => found.has(at));
}

/**
 * The runners that were meant, where each name stands for one: a person chooses between several, a script is refused.
 * With `--all-runners` all of them. `oneEntry` when copies of an entry are told apart, too.
 */
export async function eachMeant(
  order: Order,
  config: Config | undefined,
  how: { all: boolean; oneEntry: boolean },
): Promise<Entries[]> {
  const runners: readonly Table[] = config?.runners ?? [];
  const copies = (places: readonly Place[]): Entries[] =>
    how.oneEntry
      ? places.map((first) => ({ first, all: [first] }))
      : withCopies(runners, places, order.world.env, sameGitlab);
  const isNamed = order.words.length > 0 || !isEmpty(order.selectors);
  if (how.all && isNamed) throw misuse('--all-runners and a single runner were both given.', 'Give one.');
  if (how.all) return copies(placesOf(runners));
  if (!isNamed) return copies([await choose(order, placesOf(runners), 'Which runner?')]);
  const ways = order.words.map((word) => ({ word, places: named(order, runners, word) }));
  if (!isEmpty(order.selectors)) ways.push({ word: 'the flags', places: fitting(order, runners) });
  const chosen: Place[] = [];
  for (const { word, places } of ways) {
    const entries = copies(places);
    if (entries.length === 1) chosen.push(entries[0]!.first);
    else chosen.push(await choose(order, places, `Several runners fit ${word}. Which one?`, word));
  }
  return copies(chosen);
}

const isEmpty = (selectors: Selectors): boolean => Object.keys(selectors).length === 0;

function named({ path }: Order, runners: readonly Table[], word: string): Place[] {
  const found = selectRunners(runners, word);
  if (found.length > 0) return found;
  throw new Trouble(`No runner in ${path} is "${word}".`, {
    why: 'It is neither a name, a position such as #2, an id, nor the beginning of a token there.',
    hint: 'runner-setup list shows the runners.',
  });
}

function fitting({ path, selectors, world }: Order, runners: readonly Table[]): Place[] {
  const found = fittingRunners(runners, selectors, world.env, sameGitlab);
  if (found.length > 0) return found;
  const flags = Object.keys(selectors).map((name) => `--${name}`);
  const several = flags.length > 1;
  throw new Trouble(`No runner in ${path} fits ${flags.join(' and ')}.`, {
    ...(several && { why: 'Where several are given, all of them have to fit.' }),
    hint: 'runner-setup list shows the runners.',
  });
}

async function choose(
  order: Order,
  places: readonly Place[],
  question: string,
  word?: string,
): Promise<Place> {
  if (places.length === 0)
    throw new Trouble(`There is no runner in ${order.path}.`, {
      hint: 'Name the file with --config when it is another one.',
    });
  if (!order.mayAsk) throw unclear(places, word);
  const { personOf } = await import('../terminal/ask.ts');
  const person = await personOf(order.world, order.say);
  const at = await person.choose(
    question,
    places.map((place) => ({ value: String(place.at), name: lineOf(place) })),
  );
  return places.find((place) => String(place.at) === at)!;
}

function unclear(places: readonly Place[], word: string | undefined): Trouble {
  const lines = places.map(lineOf).join('\n');
  const message = word === undefined ? 'Which runner is meant? There are:' : `Several runners fit ${word}:`;
  return new Trouble(`${message}\n${lines}`, {
    hint: `Name one by its position, such as "#${places[0]!.at + 1}".`,
    code: exitCode.usage,
  });
}
