import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { explainKey } from '../../src/app/explain-key.ts';
import { writeValue } from '../../src/config/write.ts';
import { exitCode } from '../../src/errors.ts';
import { executorLines, executors } from '../../src/settings/executors.ts';
import { mostUsedNames } from '../../src/settings/most-used.ts';
import { headerOf, presetNames } from '../../src/settings/presets.ts';
import { type Group, groups, type Row } from '../../src/settings/row.ts';
import { groupOf, settingNames, table } from '../../src/settings/table.ts';
import { outputSchema } from '../../src/terminal/output-schema.ts';
import { templates } from './template.ts';

const root = resolve(import.meta.dirname, '../..');

/** The pages that people read, from the project's root: README.md, CONTRIBUTING.md, and those beside what they describe. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...['src', 'templates'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('README.md'))
      .map((path) => `${folder}/${path}`),
  ),
].sort();

/** The targets of the links of a page to files, without links to other sites. */
export const linksIn = (page: string): string[] =>
  [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^https?:/.test(link));

/** The links of a page to headings, as the target's path (empty for the page itself) and the anchor that GitLab makes. */
export const anchorsIn = (page: string): { readonly path: string; readonly anchor: string }[] =>
  [...page.matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)].map(([, path, anchor]) => ({
    path: path!,
    anchor: anchor!,
  }));

/** The anchors of the headings of a page. */
export const headingsIn = (page: string): string[] =>
  [...page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, words]) =>
    words!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The calls of runner-setup in the code blocks of a page, each as its words; a line that goes on is one call. */
export const callsIn = (page: string): string[][] =>
  [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
    .filter(([, language]) => /^(?:sh|bash|console)?$/.test(language!))
    .flatMap(([, , code]) => code!.replace(/\\\n\s*/g, '').split('\n'))
    .flatMap((line) => line.replace(/\s#.*/, '').split(/&&|\||;|<\(|\)/))
    .map((call) => call.trim().split(/\s+/))
    .flatMap((words) => {
      const at = words.indexOf('runner-setup');
      return at < 0 || /^(git|ls|cd)$/.test(words[0]!) ? [] : [words.slice(at + 1)];
    });

/** The paths of this project that a page names in backticks, from the project's root. */
export const pathsIn = (page: string): string[] =>
  [...page.matchAll(/`((?:src|test|bin|templates)\/[\w./-]*)`/g)].map(([, path]) => path!);

/** The parts of the pages that are made from the program itself, by the name of their marker. */
export const parts: Readonly<Record<string, () => string>> = {
  common: () => flagTable(mostUsedNames.map((name) => table[name])),
  executors: () =>
    [
      '| Executor | Description |',
      '| --- | --- |',
      ...executors.map((one) => `| \`${one}\` | ${executorLines[one]} |`),
    ].join('\n'),
  presets: () =>
    [
      '| Preset | Purpose | Risk |',
      '| --- | --- | --- |',
      ...presetNames.map((name) => {
        const { purpose, risk } = headerOf(readFileSync(join(templates, `${name}.toml`), 'utf8'));
        return `| \`${name}\` | ${purpose} | ${risk} |`;
      }),
    ].join('\n'),
  'exit codes': () =>
    [
      '| Code | Meaning |',
      '| --- | --- |',
      ...Object.entries(exitCode).map(([name, code]) => `| ${code} | ${meanings[name]} |`),
    ].join('\n'),
  output: () =>
    [
      '| Field | Type | Description |',
      '| --- | --- | --- |',
      ...Object.entries(outputSchema.properties).map(
        ([name, field]) => `| \`${name}\` | ${typeOf(field)} | ${cell(aboutOf(field))} |`,
      ),
    ].join('\n'),
  settings: () => (Object.keys(groups) as Group[]).map(groupSection).join('\n\n'),
};

/** The text of a page with its made parts put in again; throws for a marker that nothing makes, naming the page. */
export function withParts(text: string, page: string): string {
  return text.replace(
    /(<!-- made: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`${page} has a part "${name}" that nothing makes`);
      return `${start}${part()}\n${end}`;
    },
  );
}

const meanings: Readonly<Record<string, string>> = {
  done: 'done, or nothing to change',
  failed: 'failed; the message says why and what to do next',
  usage: 'incorrect use or missing input; nothing was done',
  refused: 'refused by GitLab or by a registry',
  changes: 'a dry run with `--exit-code` found changes, or cannot tell without asking',
  cancelled: 'canceled by Ctrl-C, SIGTERM, or a "no"; nothing is left behind',
};

function groupSection(group: Group): string {
  const rows = settingNames.filter((name) => groupOf(name) === group).map((name) => table[name]);
  return `<details><summary>${groups[group]} (${rows.length})</summary>\n\n${settingTable(rows)}\n\n</details>`;
}

const flagTable = (rows: readonly Row[]): string =>
  [
    '| Flag | Description |',
    '| --- | --- |',
    ...rows.map((row) => `| ${flagOf(row)} | ${cell(row.doc)} |`),
  ].join('\n');

const settingTable = (rows: readonly Row[]): string =>
  [
    '| Flag | Environment variable | Key | Default | Description |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      (row) =>
        `| ${flagOf(row)} | ${code(row.env)} | ${code(keyOf(row))} | ${defaultOf(row)} | ${cell(row.doc)} |`,
    ),
  ].join('\n');

const keyOf = ({ toml, global }: Row): string | undefined =>
  toml === undefined ? global : `runners.${toml}`;

function defaultOf({ toml, global }: Row): string {
  const path = toml ?? global;
  const one =
    path === undefined ? undefined : explainKey(toml === undefined ? 'global' : 'runner', path.split('.'));
  if (one?.default !== undefined) return code(writeValue(one.default));
  return cell(one?.defaultWords ?? '');
}

const flagOf = ({ flag, short, alias, kind }: Row): string =>
  [short, flag, alias]
    .filter((form) => form !== undefined)
    .map((form) => code(form === flag && kind.hint !== '' ? `${form} ${kind.hint}` : form))
    .join(' ');

const aboutOf = (field: object): string => ('description' in field ? String(field.description) : '');

function typeOf(field: object): string {
  if ('items' in field) return `list of ${typeOf(Object(field.items))}s`;
  return 'type' in field ? String(field.type) : 'string';
}

const code = (text: string | undefined): string => (text === undefined ? '' : `\`${cell(text)}\``);

const cell = (text: string): string => text.replaceAll('|', '\\|');
