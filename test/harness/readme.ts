import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode } from '../../src/errors.ts';
import { executorLines, executors } from '../../src/settings/executors.ts';
import { headerOf, presetNames } from '../../src/settings/presets.ts';
import { type Group, groups, type Row } from '../../src/settings/row.ts';
import { groupOf, settingNames, table } from '../../src/settings/table.ts';
import { templates } from './template.ts';

/** The parts of the README that are made from the program itself, by the name of their marker. */
export const parts: Readonly<Record<string, () => string>> = {
  common: () => flagTable(settingNames.map((name) => table[name]).filter(({ common }) => common)),
  executors: () =>
    [
      '| executor | where a job runs |',
      '| --- | --- |',
      ...executors.map((one) => `| \`${one}\` | ${executorLines[one]} |`),
    ].join('\n'),
  presets: () =>
    [
      '| preset | for | risk |',
      '| --- | --- | --- |',
      ...presetNames.map((name) => {
        const { purpose, risk } = headerOf(readFileSync(join(templates, `${name}.toml`), 'utf8'));
        return `| \`${name}\` | ${purpose} | ${risk} |`;
      }),
    ].join('\n'),
  'exit codes': () =>
    [
      '| code | meaning |',
      '| --- | --- |',
      ...Object.entries(exitCode).map(([name, code]) => `| ${code} | ${meanings[name]} |`),
    ].join('\n'),
  settings: () => (Object.keys(groups) as Group[]).map(groupSection).join('\n\n'),
};

/** The text of a README with its made parts put in anew; throws for a marker that nobody knows. */
export function withParts(readme: string): string {
  return readme.replace(
    /(<!-- made: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`README.md has a part "${name}" that nothing makes`);
      return `${start}${part()}\n${end}`;
    },
  );
}

const meanings: Readonly<Record<string, string>> = {
  done: 'done, or nothing to change',
  failed: 'failed: the message says why and what to do',
  usage: 'wrong use, or something is missing: nothing was done',
  refused: 'GitLab said no, or a registry',
  cancelled: 'cancelled by Ctrl-C, SIGTERM or a "no"; nothing is left behind',
};

function groupSection(group: Group): string {
  const rows = settingNames.filter((name) => groupOf(name) === group).map((name) => table[name]);
  return `<details><summary>${groups[group]} (${rows.length})</summary>\n\n${settingTable(rows)}\n\n</details>`;
}

const flagTable = (rows: readonly Row[]): string =>
  [
    '| flag | what it says |',
    '| --- | --- |',
    ...rows.map((row) => `| ${flagOf(row)} | ${cell(row.doc)} |`),
  ].join('\n');

const settingTable = (rows: readonly Row[]): string =>
  [
    '| flag | variable | key | what it says |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${flagOf(row)} | ${code(row.env)} | ${code(keyOf(row))} | ${cell(row.doc)} |`),
  ].join('\n');

const keyOf = ({ toml, global }: Row): string | undefined =>
  toml === undefined ? global : `runners.${toml}`;

const flagOf = ({ flag, short, alias, kind }: Row): string =>
  [short, flag, alias]
    .filter((form) => form !== undefined)
    .map((form) => code(form === flag && kind.hint !== '' ? `${form} ${kind.hint}` : form))
    .join(' ');

const code = (text: string | undefined): string => (text === undefined ? '' : `\`${cell(text)}\``);

const cell = (text: string): string => text.replaceAll('|', '\\|');
