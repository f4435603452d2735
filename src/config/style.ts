import { nativeStyle, type Style } from './canonical.ts';
import { indentAt, newlineAt } from './lines.ts';
import { type Section, scanSections, scanStatements } from './scan.ts';

/** Reads the layout of a text from its last tables; what it does not show is taken from `otherwise`. */
export function styleOf(text: string, otherwise?: () => Style): Style {
  const sections = [...scanSections(text)].slice(-sampled);
  const indent = last(sections, (section) => keyIndent(text, section));
  const nest = last(sections, (section, at) => subIndent(text, sections, section, at));
  const newline = newlineAt(text, text.length);
  if (indent !== undefined && nest !== undefined) return { indent, nest, newline };
  const known = otherwise?.() ?? { ...nativeStyle, nest: indent ?? nativeStyle.nest };
  return { indent: indent ?? known.indent, nest: nest ?? known.nest, newline };
}

/** How many tables at the end of a text tell its layout. */
export const sampled = 40;

function last(
  sections: readonly Section[],
  read: (section: Section, at: number) => string | undefined,
): string | undefined {
  for (const [at, section] of [...sections.entries()].reverse()) {
    const found = read(section, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function keyIndent(text: string, section: Section): string | undefined {
  if (section.header === undefined) return undefined;
  const first = scanStatements(text, section)[0];
  return first && deeper(indentAt(text, section.header.start), indentAt(text, first.start));
}

function subIndent(
  text: string,
  sections: readonly Section[],
  section: Section,
  at: number,
): string | undefined {
  const keys = section.header?.keys;
  if (keys === undefined || keys.length < 2) return undefined;
  const isParent = ({ header }: Section) =>
    header !== undefined &&
    header.keys.length === keys.length - 1 &&
    header.keys.every((key, i) => key === keys[i]);
  const parent = sections.slice(0, at).findLast(isParent);
  return parent && deeper(indentAt(text, parent.header!.start), indentAt(text, section.header!.start));
}

function deeper(outer: string, inner: string): string {
  return inner.startsWith(outer) ? inner.slice(outer.length) : '';
}
