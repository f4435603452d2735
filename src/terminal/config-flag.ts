import { quoteAtEnd } from '../text/shell-quote.ts';

/** Where config.toml is, as the flag said that was given. */
export interface ConfigPlace {
  readonly config?: string | undefined;
  readonly container?: string | undefined;
  readonly engine?: string | undefined;
}

/** The flags that lead to the same config.toml again, each with a blank before it; the empty text when none was given. */
export function flagOf({ config, container, engine }: ConfigPlace): string {
  if (config) return ` -c ${quoteAtEnd(config)}`;
  const name = container ? ` --container ${quoteAtEnd(container)}` : '';
  return engine ? `${name} --engine ${quoteAtEnd(engine)}` : name;
}

/** Where config.toml is, from the words of a command line that nobody has understood yet. */
export function placeIn(words: readonly string[]): ConfigPlace {
  const place: { -readonly [name in keyof ConfigPlace]: ConfigPlace[name] } = {};
  for (const [at, word] of words.entries()) {
    const found = /^(?:-c|--?(config|container|engine))(?:=(.*))?$/s.exec(word);
    if (found === null) continue;
    place[(found[1] as keyof ConfigPlace | undefined) ?? 'config'] = found[2] ?? words[at + 1];
  }
  return place;
}

/**
 * Puts the flags into every command of ours that a text shows, so that it works on the same file when it is pasted; not
 * where the command names a file itself, shows its help, or works on none.
 */
export function withFlag(text: string, flag: string): string {
  if (flag === '') return text;
  return text.replace(commands, (command: string, at: number) =>
    named.test(text.slice(at + command.length)) ? command : command + flag,
  );
}

const commands =
  /\brunner-setup\s+(?:register|list|verify|unregister|reset-token|rotate|migrate|pause|resume|assign|unassign|fleet|apply|export|backup|restore|edit|doctor|undo|registry-auth(?:\s+(?:add|list|test|remove))?|cache(?:\s+(?:setup|test))?)(?![\w|-])(?!\s+(?:--help|--schema|\w+\|))/g;

// Another line is of another command, but where the one before goes on.
const named = /^(?:.|(?<= [\\^`])\n)*\s(?:-c|--config|--container|--engine)(?=[\s=])/;
