import { commands } from '../../src/commands/index.ts';
import { readCommandLine } from '../../src/terminal/options.ts';
import { splitWords } from './words.ts';

/** The texts behind `next:` in what the program printed, as text and as `--json`; lines that go on are one. */
export function nextTexts(printed: string): string[] {
  const texts: string[] = [];
  let margin: number | undefined;
  for (const line of printed.replace(/ \\\n\s*/g, ' ').split('\n')) {
    const begun = /^( *next: )(.*)$/.exec(line);
    const json = /^\s*"next": (".*?"),?$/.exec(line);
    if (json !== null) texts.push(JSON.parse(json[1]!) as string);
    else if (begun !== null) texts.push(begun[2]!);
    else if (margin !== undefined && line.startsWith(' '.repeat(margin)))
      texts.push(`${texts.pop()}\n${line.slice(margin)}`);
    if (begun !== null) margin = begun[1]!.length;
    else if (margin === undefined || !line.startsWith(' '.repeat(margin))) margin = undefined;
  }
  return texts;
}

/** What keeps the commands in a `next:` from being pasted as they are; nothing when they can be. */
export async function faultsOfNext(text: string): Promise<string[]> {
  const faults: string[] = [];
  for (const line of text.split('\n')) {
    const at = line.search(beginning);
    if (at < 0) continue;
    const fault = await faultOf(line.slice(0, at), line.slice(at));
    if (fault !== undefined) faults.push(`${fault}: ${line}`);
  }
  return faults;
}

// The names of the programs are words of sentences, too; with one of their commands behind them they are none.
const beginning = new RegExp(
  [
    `(?<![\\w./:-])(?:runner-setup (?:-|(?:${Object.keys(commands).join('|')})(?![\\w-]))`,
    'gitlab-runner (?:run|start|stop|restart|status|verify|register|unregister|install|uninstall)(?![\\w-])',
    'registry-auth (?:add|list|remove|test)(?![\\w-])',
    '(?:docker|podman) (?:ps|rm|run|stop|start|rename|inspect|login|logs|unpause|cp|pull)(?![\\w-])',
    '(?:systemctl|journalctl|loginctl) [-a-z]',
    '(?:rm|chmod|chown|less|getent|openssl|usermod|ls) [-/a-z\\d{])',
  ].join('|'),
);

async function faultOf(before: string, command: string): Promise<string | undefined> {
  if (!/^$|: $|[|] $|&& $|^sudo $|: sudo $/.test(before))
    return 'not at the beginning, and not behind a colon';
  if (/…|[\w.]\|[\w.]/.test(command)) return 'not whole';
  if (/[.,;:)]$/.test(command) || /\. [A-Z]/.test(command)) return 'more than a command';
  const words = wordsIn(command.replace(/ (?:&&|\||<|>) .*$/, '').replace(/\s+# .*$/, ''));
  if (words === undefined) return 'an open quote';
  const [program, name = '', ...rest] = words;
  if (program === 'registry-auth') return 'without the name of the program';
  if (program !== 'runner-setup') return rest.slice(1).some(isProse) ? 'a sentence behind it' : undefined;
  if (name.startsWith('-')) return rest.length > 0 ? 'a sentence behind it' : undefined;
  return faultOfWords(name, rest);
}

// Nothing for an open quote.
function wordsIn(command: string): string[] | undefined {
  try {
    return splitWords(command);
  } catch {
    return undefined;
  }
}

async function faultOfWords(name: string, words: string[]): Promise<string | undefined> {
  const command = commands[name]!;
  try {
    const { positionals } = readCommandLine(name, words, await command.grammar(words));
    return positionals.some(isProse) ? 'a sentence behind it' : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

// Words of sentences that are no names.
const isProse = (word: string): boolean =>
  /^(?:an?|and|or|to|the|with|if|then|lists|shows|every|use|in|it|for|them|again|which|does|do|also|is|of)[,;:.]?$/.test(
    word,
  );
