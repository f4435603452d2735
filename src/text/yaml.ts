import { visible } from './sanitize.ts';
import { quotedYaml, yamlScalar } from './yaml-scalar.ts';

/** What can be written as YAML. Keys that are undefined are omitted. */
export type Yaml =
  | string
  | number
  | bigint
  | boolean
  | YamlSource
  | TaggedText
  | readonly Yaml[]
  | { readonly [key: string]: Yaml | undefined };

/** A text with a tag, such as `!unsafe`. */
export class TaggedText {
  readonly tag: string;
  readonly text: string;
  constructor(tag: string, text: string) {
    this.tag = tag;
    this.text = text;
  }
}

/** A scalar that is already YAML. */
export class YamlSource {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Writes a mapping or a list as a YAML document in block style, a text of several lines as a literal block. */
export const writeYaml = (value: readonly Yaml[] | { readonly [key: string]: Yaml | undefined }): string =>
  `${block(value, '').trimStart()}\n`;

/** A value as it follows its key or its dash; `pad` is the indentation of what is below it. */
function block(value: Yaml, pad: string): string {
  if (value instanceof YamlSource) return ` ${value.text}`;
  if (value instanceof TaggedText) return ` ${value.tag}${quoted(value.text, pad)}`;
  if (typeof value === 'string') return isLiteral(value) ? literal(value, pad) : ` ${yamlScalar(value)}`;
  if (typeof value !== 'object') return ` ${value}`;
  return isList(value) ? list(value, pad) : mapping(value, pad);
}

const quoted = (text: string, pad: string): string =>
  isLiteral(text) ? literal(text, pad) : ` ${quotedYaml(text)}`;

const isList = (value: Yaml): value is readonly Yaml[] => Array.isArray(value);

function list(items: readonly Yaml[], pad: string): string {
  if (items.length === 0) return ' []';
  return items.map((item) => `\n${pad}-${inItem(item, pad)}`).join('');
}

// The first key of a mapping stands behind the dash.
function inItem(item: Yaml, pad: string): string {
  const text = block(item, `${pad}  `);
  return text.startsWith('\n') ? text.replace(/^\n */, ' ') : text;
}

function mapping(table: { readonly [key: string]: Yaml | undefined }, pad: string): string {
  const lines = Object.entries(table).flatMap(([key, value]) =>
    value === undefined ? [] : [`\n${pad}${yamlScalar(key)}:${block(value, `${pad}  `)}`],
  );
  return lines.length === 0 ? ' {}' : lines.join('');
}

// What a literal block cannot hold, and a first line whose indentation could not be told from that of the block.
const isLiteral = (text: string): boolean =>
  /^[^\s][^\r\ufffe\uffff]*[^\s]\n?$/.test(text) && text.trimEnd().includes('\n') && visible(text) === text;

function literal(text: string, pad: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const inside = lines.map((line) => (line === '' ? '' : `${pad}${line}`));
  return ` |${text.endsWith('\n') ? '' : '-'}\n${inside.join('\n')}`;
}
