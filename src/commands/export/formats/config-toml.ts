import { nativeStyle, writeTable } from '../../../config/canonical.ts';
import { isTable, isTables, type Table } from '../../../config/model.ts';
import { writeKey, writeValue } from '../../../config/write.ts';
import type { Source } from './format.ts';

/** A whole config.toml with the marks of its secrets. */
export const wholeConfig = ({ globals, runners }: Source): string =>
  [globalLines(globals), ...runners.map(({ block }) => runnerLines(block))].map(paragraph).join('\n');

/** The part of config.toml above its runners. */
export const globalText = (globals: Table): string => paragraph(globalLines(globals));

/** One `[[runners]]` section with the marks of its secrets. */
export const runnerText = (block: Table): string => paragraph(runnerLines(block));

const paragraph = (lines: readonly string[]): string => (lines.length === 0 ? '' : `${lines.join('\n')}\n`);

const runnerLines = (block: Table): string[] =>
  writeTable(['runners'], block, { style: nativeStyle, pad: '', brackets: 'two' });

function globalLines(globals: Table): string[] {
  const keys = Object.keys(globals);
  const isBelow = (key: string) => isTable(globals[key]) || isTables(globals[key]);
  const own = keys
    .filter((key) => !isBelow(key))
    .map((key) => `${writeKey(key)} = ${writeValue(globals[key]!)}`);
  return [...own, ...keys.filter(isBelow).flatMap((key) => ['', ...sectionOf(key, globals[key]!)])];
}

function sectionOf(key: string, value: Table[string]): string[] {
  if (isTables(value)) return value.flatMap((item) => section(key, item, 'two'));
  return section(key, value as Table, 'one');
}

const section = (key: string, table: Table, brackets: 'one' | 'two'): string[] =>
  writeTable([key], table, { style: nativeStyle, pad: '', brackets });
