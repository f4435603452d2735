/** The variables that a text of shell sets at the beginning of lines, with those before them put in. */
export function shellVariables(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const set = (name: string, value: string) => found.set(name, expanded(value, found));
  for (const line of linesOf(text)) {
    const [, name, value = ''] = /^\s*(?:export\s+)?(\w+)=(.*)$/.exec(line) ?? [];
    const [, fallback, otherwise = ''] = /^\s*:\s+"?\$\{(\w+):?=(.*)\}"?\s*$/.exec(line) ?? [];
    if (name !== undefined) set(name, unquoted(value));
    else if (fallback !== undefined && !found.has(fallback)) set(fallback, unquoted(otherwise));
  }
  return found;
}

// Lines that go on are one: by a backslash, or inside quotes.
const linesOf = (text: string): string[] =>
  text
    .replaceAll('\\\n', ' ')
    .replace(/^[ \t]*(?:export[ \t]+)?\w+=(?:"[^"]*"|'[^']*')/gm, (all) => all.replaceAll('\n', ' '))
    .split('\n');

function unquoted(value: string): string {
  const text = value.trim();
  const quote = text[0];
  const isQuoted = (quote === '"' || quote === "'") && text.lastIndexOf(quote) > 0;
  return isQuoted ? text.slice(1, text.lastIndexOf(quote)) : text.replace(/(?<!\s)\s+#.*$/, '');
}

/** A value with variables put in; those that are not known, and what grows beyond any command line, are left as they are. */
export const expanded = (value: string, variables: ReadonlyMap<string, string>): string =>
  value.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (all, braced, otherwise, bare) => {
    const text = variables.get(braced ?? bare) ?? otherwise ?? all;
    return text.length > 4096 ? all : text;
  });

/** The words of a command line; a shell takes the quotes in a variable for its own, and blanks in a path would part it there, too. */
export const shellWords = (text: string): string[] =>
  text
    .replace(/\\?["']/g, '')
    .split(/\s+/)
    .filter(Boolean);
