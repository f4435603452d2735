/** One assignment of an environment file: the value, and where it is in the text, without its quotes. */
interface Assignment {
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The value of a variable in an environment file, as systemd (EnvironmentFile) and `docker --env-file` read it; of several
 * the last one. Quotes around it do not count. Nothing when the file does not set it.
 */
export const valueInEnvFile = (text: string, name: string): string | undefined => lastOf(text, name)?.value;

/** The text with another value of a variable, in the quotes that it has; a line is added where there is none. */
export function withEnvValue(text: string, name: string, value: string): string {
  const found = lastOf(text, name);
  if (found !== undefined) return text.slice(0, found.from) + value + text.slice(found.to);
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${start}${name}=${value}\n`;
}

/** Whether both readers take a value as it is: without quotes, spaces, and backslashes. */
export const isPlainEnvValue = (value: string): boolean => /^[\w.~+/=:@-]+$/.test(value);

const lastOf = (text: string, name: string): Assignment | undefined =>
  [...assignmentsIn(text)].findLast((one) => one.name === name);

// `export` is for files that a shell reads, too; systemd allows spaces around the equals sign.
const start = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*/;

function* assignmentsIn(text: string): Generator<Assignment & { readonly name: string }> {
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at);
    const found = start.exec(text.slice(at, end));
    if (found === null) {
      at = end + 1;
      continue;
    }
    const value = valueAt(text, at + found[0].length);
    yield { name: found[1]!, value: text.slice(value.from, value.to), from: value.from, to: value.to };
    at = endOfLine(text, value.end) + 1;
  }
}

const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
};

// A quoted value may go on over lines, and so does one that ends with a backslash: what follows is no assignment.
function valueAt(text: string, from: number): { from: number; to: number; end: number } {
  const quote = text[from];
  const close = quote === '"' || quote === "'" ? closing(text, from + 1, quote) : -1;
  if (close >= 0) return { from: from + 1, to: close, end: close };
  let end = endOfLine(text, from);
  while (end < text.length && /\\\r?$/.test(text.slice(from, end))) end = endOfLine(text, end + 1);
  return { from, to: from + text.slice(from, end).trimEnd().length, end };
}

function closing(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}
