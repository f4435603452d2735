import { isUtf8 } from 'node:buffer';

/** A case file: text that says why, then sections. */
export type CaseFile = { why: string; sections: Section[] };

/** One section: what its header says, and the bytes below it. */
export type Section = {
  name: string;
  /** The target of a symbolic link. */
  link?: string | undefined;
  /** Where the bytes stand: a fixture, or `in/PATH` of the same case. */
  source?: string | undefined;
  mode?: string | undefined;
  removed?: string | undefined;
  bytes: Buffer;
};

const extras = ['link', 'source', 'mode', 'removed'] as const;

// In the order in which a case is told; `/` stands for all paths below. Behind it, what else its header can say.
const known: Array<[name: string, extras?: Array<(typeof extras)[number]>]> = [
  ['cmd'],
  ['platform'],
  ['env'],
  ['stdin'],
  ['in/', ['link', 'source', 'mode']],
  ['no-system-id'],
  ['gitlab.json', ['source']],
  ['registry.json', ['source']],
  ['storage.json', ['source']],
  ['bucket.json', ['source']],
  ['engine.json', ['source']],
  ['with-info'],
  ['code'],
  ['stdout'],
  ['stderr'],
  ['requests'],
  ['commands'],
  ['out/', ['link', 'source', 'mode', 'removed']],
];

const rank = (name: string) =>
  known.findIndex(([each]) => (each.endsWith('/') ? name.startsWith(each) : name === each));

/**
 * Reads a case file: text that says why, then sections, each a line `-- NAME --` and its bytes in the lines below.
 * A header can say more: `-- NAME -> TARGET --` is a symbolic link, `-- NAME = SOURCE --` has the bytes of a fixture
 * or of `in/PATH` (keys below a `.json` replace those of the fixture), `-- NAME/ --` is a folder; at its end can
 * stand `(mode 0755)`, `(removed)`, `(escaped)`: `\\`, `\r` and `\xHH` are bytes, and `(no line end)`: the bytes end
 * without one. Throws on everything else.
 */
export function readSections(bytes: Buffer): CaseFile {
  const text = bytes.toString('utf8');
  const stray = isUtf8(bytes) ? odd.exec(text)?.[0] : 'what is not UTF-8';
  if (stray !== undefined) throw new Error(`only an escaped section can hold ${JSON.stringify(stray)}`);
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const [why, ...parts] = `\n${text}`.split(/(?<=\n)(?=-- )/);
  const sections = parts.map(readSection);
  const names = sections.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${twice} is there twice`);
  return { why: why!.trim(), sections };
}

// What a reader would not see, or take for the end of a line. Escaped it is seen, and no editor alters it.
const odd = /[^\P{Cc}\n\t]|[\p{Cf}\u2028\u2029]/u;

const word = '[\\p{L}\\p{N}_./@:-]+';
const content = `(?: = (?<source>${word}))?(?: \\(mode (?<mode>[0-7]{4})\\))?(?: \\((?<escaped>escaped)\\))?(?: \\((?<open>no line end)\\))?`;
const headerForm = new RegExp(
  `^-- (?<name>${word}(?: ${word})*?)(?: -> (?<link>${word})| \\((?<removed>removed)\\)|${content}) --$`,
  'u',
);

function readSection(part: string): Section {
  const header = part.slice(0, part.indexOf('\n'));
  const body = part.slice(header.length + 1);
  const { name = '', escaped, open, ...said } = headerForm.exec(header)?.groups ?? {};
  const section = { name, ...said, bytes: Buffer.alloc(0) };
  checkHeader(header, section);
  if (body !== '' && isBare(section)) throw new Error(`nothing can be below ${header}`);
  if (body === '' && (escaped ?? open)) throw new Error(`nothing is below ${header}`);
  const text = open ? body.slice(0, -1) : body;
  return { ...section, bytes: escaped ? unescaped(text) : Buffer.from(text) };
}

function checkHeader(header: string, section: Section): void {
  const { name, link, source } = section;
  if (name === '') throw new Error(`not a header: ${header}`);
  if (rank(name) < 0) throw new Error(`a case has no ${name}`);
  const allowed = known[rank(name)]![1] ?? [];
  const isStrange = extras.some((extra) => section[extra] !== undefined && !allowed.includes(extra));
  if (isStrange || (name.endsWith('/') && (link ?? source)))
    throw new Error(`${name} cannot be so: ${header}`);
  const parts = [name.replace(/\/$/, ''), source ?? 'x'].flatMap((path) => path.split('/'));
  if (parts.some((part) => ['', '.', '..'].includes(part))) throw new Error(`not a path: ${header}`);
}

const isBare = ({ name, link, source, removed }: Section) =>
  /^(no-system-id|with-info)$|\/$/.test(name) || Boolean(link ?? removed ?? (name.includes('/') && source));

/** The text of a case file, sections in the order in which a case is told. Throws when a name fits into no header. */
export function writeSections({ why, sections }: CaseFile): string {
  const sorted = sections.toSorted(
    (one, other) => rank(one.name) - rank(other.name) || byPath(one.name, other.name),
  );
  return [why === '' ? '' : `${why}\n\n`, ...sorted.map(writeSection)].join('');
}

// A folder comes right before what is in it.
function byPath(one: string, other: string): number {
  const [first, second] = [one, other].map((path) => path.replaceAll('/', '\0'));
  return first! < second! ? -1 : 1;
}

function writeSection({ name, link, source, mode, removed, bytes }: Section): string {
  const open = bytes.length > 0 && bytes.at(-1) !== lineFeed;
  const body = escapedWhereNeeded(bytes);
  const said = [
    link && ` -> ${link}`,
    source && ` = ${source}`,
    mode && ` (mode ${mode})`,
    removed && ' (removed)',
    !bytes.equals(Buffer.from(body)) && ' (escaped)',
    open && ' (no line end)',
  ];
  const header = `-- ${name}${said.filter(Boolean).join('')} --`;
  if (!headerForm.test(header)) throw new Error(`not a header: ${header}`);
  return `${header}\n${body}${open ? '\n' : ''}`;
}

const lineFeed = 10;

function escapedWhereNeeded(bytes: Buffer): string {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  const text = bytes.toString(encoding);
  if (encoding === 'utf8' && !odd.test(text) && !/^-- /m.test(text)) return text;
  return text.replace(toEscape[encoding], (character) => {
    const hex = Buffer.from(character, encoding).toString('hex').replace(/../g, '\\x$&');
    return character === '\\' ? '\\\\' : character === '\r' ? '\\r' : hex;
  });
}

const toEscape = {
  utf8: new RegExp(`\\\\|^-(?=- )|${odd.source}`, 'gmu'),
  latin1: /\\|^-(?=- )|[^\n\t\x20-\x7e]/gm,
};

function unescaped(text: string): Buffer {
  const bytes = Buffer.from(text).toString('latin1');
  const read = bytes.replace(/\\(\\|r|x[\da-f]{2})?/g, (whole, sign?: string) => {
    if (sign === undefined) throw new Error(`not an escape: ${whole}`);
    const letters: Record<string, string> = { '\\': '\\', r: '\r' };
    return letters[sign] ?? String.fromCharCode(Number.parseInt(sign.slice(1), 16));
  });
  return Buffer.from(read, 'latin1');
}
