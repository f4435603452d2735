import { normalise, writeFresh } from '../config/canonical.ts';
import type { Change } from '../config/edit.ts';
import { inspectFile } from '../config/file.ts';
import { keyOf } from '../config/keys.ts';
import { keysAt } from '../config/order.ts';
import { type Config, readConfig } from '../config/read.ts';
import { typeFaults } from '../config/types.ts';
import { type Table as ConfigTable, sameValue, type Value } from '../config/values.ts';
import { Trouble } from '../errors.ts';
import { completePath, defaultConfigFile, readText } from '../host/places.ts';
import type { Table } from '../runner/block.ts';
import { expand } from '../runner/identity.ts';
import type { Present, Change as Wish } from '../runner/plan.ts';
import type { Settings } from '../settings/table.ts';
import type { Say } from '../terminal/say.ts';
import type { Env, World } from '../world.ts';

/** config.toml as it was found, before anything happens. */
export interface OpenFile {
  readonly path: string;
  /** Absent when there is no file yet, or nothing in it. */
  readonly config: Config | undefined;
}

/** Where config.toml is: `--config`, else gitlab-runner's default for this user. */
export const configPath = ({ config }: Settings, world: World): string =>
  config === undefined ? defaultConfigFile(world) : completePath(config, world);

/** Looks at config.toml before anything happens; throws when it cannot be read, understood or written, or when gitlab-runner would refuse it. */
export async function openFile(path: string, say: Say): Promise<OpenFile> {
  const { text, warnings } = inspectFile(path);
  for (const warning of warnings) say.warn(warning);
  return { path, config: text === undefined ? undefined : await readChecked(text, path) };
}

/** Reads the text of config.toml and refuses what gitlab-runner would refuse to load; nothing for a text without content. */
export async function readChecked(text: string, path: string): Promise<Config | undefined> {
  if (text.replace(/^\ufeff/, '').trim() === '') return undefined;
  const config = await readConfig(text, path);
  const [first] = await typeFaults(config);
  if (first === undefined) return config;
  throw first;
}

/** What the plan needs to know of a file. */
export const presentOf = (config: Config | undefined): Present => ({
  exists: config !== undefined,
  globals: config?.globals ?? {},
  runners: config?.runners ?? [],
});

/** The text of config.toml after some changes; a new file gets gitlab-runner's global keys first. */
export async function textAfter(
  config: Config | undefined,
  path: string,
  wishes: readonly Wish[],
): Promise<string> {
  if (config !== undefined) return edited(config, wishes);
  const append = wishes.find((wish) => wish.do === 'append');
  const fresh = await readConfig(writeFresh((append?.block ?? {}) as ConfigTable), path);
  const rest = wishes.filter((wish) => wish !== append);
  return rest.length === 0 ? fresh.text : edited(fresh, rest);
}

async function edited(config: Config, wishes: readonly Wish[]): Promise<string> {
  const { editConfig } = await import('../config/edit.ts');
  return editConfig(config, wishes as Change[]);
}

/** Whether two values of a key mean the same to gitlab-runner: `90s` and `1m30s`, one policy and a list of one. */
export function equalSetting(path: readonly string[], present: unknown, wanted: unknown): boolean {
  const [at, ...rest] = path[0] === 'global' ? path : ['runners', ...path];
  const parents = at === 'global' ? rest.slice(0, -1) : ['runners', '0', ...rest.slice(0, -1)];
  const keys = keysAt(parents);
  const key = keys === undefined || keys === 'map' ? undefined : keyOf(keys, rest.at(-1) ?? '');
  const alike = (value: unknown) =>
    key?.kind === 'value' ? normalise(value as Value, key) : (value as Value);
  return sameValue(alike(present), alike(wanted));
}

/** The one `[[runners]]` of the file of `--template-config`, its address expanded as gitlab-runner does; throws by its rules. */
export async function readTemplate({ templateConfig }: Settings, world: World): Promise<Table> {
  if (templateConfig === undefined) return {};
  const path = completePath(templateConfig, world);
  const config = await readChecked(readText(path, 'template'), path);
  const [runner, ...more] = config?.runners ?? [];
  if (runner === undefined || more.length > 0) {
    throw new Trouble(
      `The template ${path} has ${config?.runners.length ?? 0} [[runners]] sections, not one.`,
      {
        hint: 'A template holds exactly one [[runners]] section; its global keys are ignored.',
      },
    );
  }
  return withExpandedUrl(runner, world.env);
}

function withExpandedUrl(runner: ConfigTable, env: Env): Table {
  return typeof runner.url === 'string' ? { ...runner, url: expand(runner.url, env) } : { ...runner };
}
