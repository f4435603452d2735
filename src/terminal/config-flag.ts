import { quoteForBash } from '../text/shell-quote.ts';
import type { Say } from './say.ts';

/** Where config.toml is, as the flag said that was given. */
export interface ConfigPlace {
  readonly config?: string | undefined;
  readonly container?: string | undefined;
}

/** The flag that leads to the same config.toml again, with a blank before it; the empty text when none was given. */
export function flagOf({ config, container }: ConfigPlace): string {
  if (config) return ` -c ${quoteForBash(config, '')}`;
  return container ? ` --container ${quoteForBash(container, '')}` : '';
}

/** Where config.toml is, from the words of a command line that nobody has understood yet. */
export function placeIn(words: readonly string[]): ConfigPlace {
  const place: { -readonly [name in keyof ConfigPlace]: ConfigPlace[name] } = {};
  for (const [at, word] of words.entries()) {
    const found = /^(?:-c|--?(config|container))(?:=(.*))?$/s.exec(word);
    if (found === null) continue;
    place[found[1] === 'container' ? 'container' : 'config'] = found[2] ?? words[at + 1];
  }
  return place;
}

/**
 * Puts the flag into every command of ours that a text shows, so that it works on the same file when it is pasted; not
 * where the command names a file itself, shows its help, or works on none.
 */
export function withFlag(text: string, flag: string): string {
  if (flag === '') return text;
  return text.replace(commands, (command: string, at: number) =>
    named.test(text.slice(at + command.length)) ? command : command + flag,
  );
}

const commands =
  /\brunner-setup\s+(?:register|list|verify|unregister|reset-token|edit|doctor|undo|registry-auth(?:\s+(?:add|list|test|remove))?)(?![\w|-])(?!\s+(?:--help|\w+\|))/g;

const named = /\s(?:-c|--config|--container)(?=[\s=])/;

/** A voice whose `at` tells where config.toml is; from then on the commands that it shows lead there. */
export function withPlaces(voice: Omit<Say, 'at'>): Say {
  let flag = '';
  const led = (text: string) => withFlag(text, flag);
  return {
    ...voice,
    // A line that stands as it is may be one of the file.
    result: (text, indent) => voice.result(indent === undefined ? text : led(text), indent),
    finding: (found) => voice.finding(advise(found, led)),
    object: (value) => voice.object(JSON.parse(JSON.stringify(value, adviser(led)))),
    done: (text) => voice.done(led(text)),
    talk: (text) => voice.talk(led(text)),
    note: (text) => voice.note(led(text)),
    warn: (text) => voice.warn(led(text)),
    trouble: (trouble, stack) => voice.trouble(advise(trouble, led), stack),
    at(place) {
      flag = flagOf(place);
    },
  };
}

type Lead = (text: string) => string;

// Everything else in an object is data.
const adviser = (led: Lead) => (key: string, value: unknown) =>
  keys.includes(key) && typeof value === 'string' ? led(value) : value;

const keys: readonly string[] = ['message', 'why', 'hint', 'next'];

// The texts of an error are not among the keys that are copied.
function advise<Advice extends object>(advice: Advice, led: Lead): Advice {
  const texts = keys.map((key) => [key, adviser(led)(key, Reflect.get(advice, key))]);
  return { ...advice, ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)) };
}
