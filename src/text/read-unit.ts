/** One `KEY=VALUE` of a unit, with the section that it is in. */
export interface UnitEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** The entries of a unit of systemd (or a Quadlet) in their order: comments left out, continued lines joined. */
export function readUnit(text: string): UnitEntry[] {
  const entries: UnitEntry[] = [];
  let section = '';
  for (const line of wholeLines(text)) {
    const named = /^\[(.+)\]$/.exec(line)?.[1];
    const [, key, value] = /^([^=\s]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (named !== undefined) section = named;
    else if (key !== undefined) entries.push({ section, key, value: value! });
  }
  return entries;
}

/** The values of a key of one section in their order; an empty value takes back those before it, as systemd has it. */
export function unitValues(entries: readonly UnitEntry[], section: string, key: string): string[] {
  const values = entries
    .filter((one) => one.section === section && one.key === key)
    .map(({ value }) => value);
  return values.slice(values.lastIndexOf('') + 1);
}

/** The words of a value as systemd takes it apart: by blanks, with quotes and the escapes of C. */
export function unitWords(value: string): string[] {
  const words = value.match(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\]|["'\\])+/gs) ?? [];
  return words.map((word) =>
    word.replace(pieces, (_, double, single, escaped) => unescaped(double ?? single ?? escaped)),
  );
}

const pieces = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|(\\x[0-9a-fA-F]{2}|\\.)/gs;

const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', s: ' ', r: '\r' };

const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, code, letter) =>
    code === undefined ? (letters[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );

// A comment between the pieces of a line is left out, too.
function wholeLines(text: string): string[] {
  const lines: string[] = [];
  let open: string[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (/^[#;]/.test(line)) continue;
    const isOpen = line.endsWith('\\');
    open.push(isOpen ? line.slice(0, -1) : line);
    if (isOpen) continue;
    lines.push(open.join(' '));
    open = [];
  }
  return [...lines, open.join(' ')].filter((line) => line !== '');
}
