import { allKeys } from '../../../src/app/config-keys.ts';
import { placeIn } from '../../../src/app/edit-plan.ts';
import { editGrammar, editsOf } from '../../../src/commands/edit/flags.ts';
import { planEdit } from '../../../src/commands/edit/plan.ts';
import { editConfig } from '../../../src/config/edit.ts';
import { isTables, type Value, valueAt } from '../../../src/config/model.ts';
import { type Config, readConfig } from '../../../src/config/read.ts';
import { scanComments } from '../../../src/config/scan.ts';
import { Trouble } from '../../../src/errors.ts';
import type { Edit } from '../../../src/runner/edit-request.ts';
import { readCommandLine } from '../../../src/terminal/options.ts';
import type { Chance } from '../config/random.ts';
import { leavesOf, type Trial, wrongOutcome } from '../config/torture.ts';

/** One use of edit's flags: the place, the flag and its word. */
export interface Use {
  readonly at: 'global' | number;
  readonly flag: '--set' | '--add' | '--remove' | '--unset';
  readonly word: string;
}

/** How the flags fared on one file: how many changed it, how many were refused, and where more than was meant changed. */
export interface Fared {
  readonly changed: number;
  readonly refused: number;
  readonly faults: string[];
}

/** Uses --set, --add, --remove and --unset on every key that a file has, and --set on `more` keys that it has not. */
export async function useFlags(text: string, name: string, chance: Chance, more: number): Promise<Fared> {
  const config = await readConfig(text, name);
  const faults: string[] = [];
  let [changed, refused] = [0, 0];
  for (const use of usesFor(config, chance, more)) {
    const outcome = await tryUse(config, use);
    if (outcome === 'refused') refused++;
    else changed++;
    if (outcome !== 'refused' && outcome !== 'well')
      faults.push(`${name}: edit ${use.at} ${use.flag} ${use.word}\n${outcome}`);
  }
  return { changed, refused, faults };
}

/** What an edit with one flag makes of a file, and what it understood; throws what edit refuses. */
export async function planUse(
  config: Config,
  { at, flag, word }: Use,
): Promise<{ after: Config; edit: Edit }> {
  const place = at === 'global' ? ['--global'] : [];
  // Forced: what is to be shown is that any key can be changed, not that its value makes sense.
  const edits = editsOf(readCommandLine('edit', ['--force', ...place, flag, word], editGrammar), {});
  const targets = { runners: at === 'global' ? [] : [at], isAll: false, forced: true };
  const { after } = await planEdit(config, edits, targets);
  return { after, edit: edits[0]! };
}

async function tryUse(config: Config, use: Use): Promise<string> {
  const { at } = use;
  try {
    const { after, edit } = await planUse(config, use);
    const { do: act, path } = edit;
    const value = 'value' in edit ? { value: edit.value } : 'values' in edit ? { values: edit.values } : {};
    const change = { do: act, at, path: [...path], ...value };
    const kind = act === 'set' ? (isThere(config, at, path) ? 'set value' : 'new key inside') : act;
    const wasValue = act === 'unset' && !isTables(valueAt(placeIn(config, at), path) as Value);
    const trial = { kind, change, wasValue } as unknown as Trial;
    if (after.text === config.text) return 'well';
    const emptied = emptiedBy(config, after, at, edit);
    if (emptied === undefined) return (await wrongOutcome(config.text, after.text, trial)) ?? 'well';
    // Beside its own key, a removal takes away only what held nothing else, and no comment.
    const plain = editConfig(config, [{ ...trial.change }]);
    if (String(scanComments(plain)) !== String(scanComments(after.text)))
      return 'a comment went with an empty table';
    const wider = { kind: 'unset', change: { do: 'unset', at, path: emptied } } as const;
    return (await wrongOutcome(config.text, after.text, wider)) ?? 'well';
  } catch (error) {
    if (error instanceof Trouble) return 'refused';
    throw error;
  }
}

/** The highest list or table that a removal has taken away because it held nothing else; nothing when it took only its key. */
function emptiedBy(
  before: Config,
  after: Config,
  at: Use['at'],
  { do: act, path }: Edit,
): string[] | undefined {
  if (act !== 'unset' && act !== 'remove') return undefined;
  const gone = [...path.keys()].find((length) => !isThere(after, at, path.slice(0, length + 1)));
  if (gone === undefined || (gone === path.length - 1 && act === 'unset')) return undefined;
  const isAlone = path.slice(gone + 1).every((_, below) => {
    const table = valueAt(placeIn(before, at), path.slice(0, gone + 1 + below));
    return Object.keys(table as object).length === 1;
  });
  return isAlone ? path.slice(0, gone + 1) : undefined;
}

const isThere = (config: Config, at: Use['at'], path: readonly string[]): boolean =>
  valueAt(placeIn(config, at), path) !== undefined;

function usesFor(config: Config, chance: Chance, more: number): Use[] {
  const tops = [['global', config.globals] as const, ...config.runners.map((one, at) => [at, one] as const)];
  return tops.flatMap(([at, top]) => {
    const keys = [...allKeys(at === 'global' ? 'global' : 'runner')];
    const absent = Array.from({ length: more }, () => chance.one(keys));
    return [
      ...leavesOf(top).flatMap(({ path, value }) => usesOn(at, path, value)),
      ...absent.map(({ path, type }): Use => {
        const word = `${pathOf(path)}=${sample[type] ?? 'fresh'}`;
        return { at, flag: '--set', word };
      }),
    ];
  });
}

function usesOn(at: Use['at'], path: readonly string[], value: Value): Use[] {
  const words = pathOf(path);
  const unset: Use = { at, flag: '--unset', word: words };
  if (!Array.isArray(value)) return [unset, { at, flag: '--set', word: `${words}=${otherThan(value)}` }];
  if (value.some((item) => typeof item === 'object')) return [unset];
  const add: Use = { at, flag: '--add', word: `${words}=${typeof value[0] === 'number' ? '77' : '/fresh'}` };
  const [first] = value;
  if (first === undefined) return [unset, add];
  return [unset, add, { at, flag: '--remove', word: `${words}=${JSON.stringify([first], inWords)}` }];
}

const inWords = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

export const pathOf = (path: readonly string[]): string =>
  path.map((key) => (/^[\w-]+$/.test(key) ? key : `"${key}"`)).join('.');

function otherThan(value: Value): string {
  if (typeof value === 'boolean') return String(!value);
  if (typeof value === 'number' || typeof value === 'bigint') return '77';
  return typeof value === 'string' ? 'changed' : '1.5';
}

export const sample: Readonly<Record<string, string>> = {
  bool: 'true',
  int: '77',
  float: '1.5',
  duration: '1h0m0s',
  datetime: '2027-01-31T12:00:00Z',
  'int[]': '[1, 2]',
  'float[]': '[0.5]',
  'map<string,bool>': 'A=true',
  'map<string,int>': 'A=1',
  'map<string,string>': 'A=b',
  'map<string,string[]>': '{A=["b"]}',
  'map<string,any>': '{a="b"}',
  tables: '[{name="fresh"}]',
};
