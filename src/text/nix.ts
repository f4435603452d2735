/** A text as the inside of a quoted Nix string. */
export const insideNix = (text: string): string =>
  text.replace(/[\\"$\n\r\t]/g, (character) => short[character] ?? `\\${character}`);

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text as a quoted Nix string, whatever is in it. */
export const quotedNix = (text: string): string => `"${insideNix(text)}"`;

/** A name of an attribute, quoted where Nix wants it quoted. */
export const nixName = (name: string): string =>
  /^[A-Za-z_][\w'-]*$/.test(name) && !reserved.has(name) ? name : quotedNix(name);

const reserved: ReadonlySet<string> = new Set([
  'assert',
  'else',
  'if',
  'in',
  'inherit',
  'let',
  'or',
  'rec',
  'then',
  'with',
]);

/**
 * A text that ends with a line break as an indented Nix string, which begins and ends with two quotes; `pad` is the
 * indentation of its end.
 */
export function indentedNix(text: string, pad: string): string {
  // Behind a quote, the two quotes that escape would be read as three.
  const escaped = text
    .replace(/''/g, "'''")
    .replace(/('?)\$/g, (_, quote: string) => (quote === '' ? "''$" : `'\${"$"}`));
  const lines = escaped.split('\n').map((line) => (line === '' ? '' : `${pad}  ${line}`));
  return `''\n${lines.join('\n')}${pad}''`;
}
