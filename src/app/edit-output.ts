import { maskValue } from '../config/mask.ts';
import { textIn } from '../config/model.ts';
import { plainOf } from '../config/plain.ts';
import { writeValue } from '../config/write.ts';
import { platformOf } from '../host/platform/index.ts';
import { nameOf } from '../runner/select.ts';
import { table } from '../settings/table.ts';
import { settingAt } from '../settings/toml-keys.ts';
import type { Output } from '../terminal/output-schema.ts';
import type { Say } from '../terminal/say.ts';
import { grouped } from '../text/grouped.ts';
import { isReference } from '../text/secrets.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import type { ConfigFile } from './container-config.ts';
import type { Changed, EditPlan } from './edit-plan.ts';
import { effectOn } from './effect.ts';
import { literalOf } from './parse-value.ts';

/** Says when the changes of this file take effect, as far as this machine shows what runs. */
export function tellEffect(say: Say, { changes }: EditPlan, file: ConfigFile, world: World): void {
  const isLate = ({ at, path }: Changed) => at === 'global' && path.join('.') === 'listen_address';
  if (changes.some(isLate))
    say.note(`listen_address is only read when gitlab-runner starts. ${wordsOnRestart(file, world)}`);
  if (changes.some((one) => !isLate(one))) say.talk(effectOn(file, world).words);
}

function wordsOnRestart(file: ConfigFile, world: World): string {
  const { kind } = effectOn(file, world);
  if (kind === 'stopped') return 'It is not running.';
  const { container } = file;
  const line =
    container === undefined
      ? platformOf(world).service(world).restart
      : `${container.engine.program} restart ${quote(container.name)}`;
  return `To restart it, which ends its running jobs: ${line}`;
}

/** A value as it may be shown, on one line of TOML; nothing for a key that is not there. */
export function shownValue(
  level: 'global' | 'runner',
  path: readonly string[],
  value: unknown,
  showEnvironment = false,
): string | undefined {
  if (value === undefined) return undefined;
  const name = settingAt(level, path);
  if (name !== undefined && table[name].kind.name === 'secret' && value !== '' && !isReference(String(value)))
    return '[hidden]';
  return maskValue(path, writeValue(value as never), { showEnvironment });
}

/** The keys that a plan changes, each with the runner that it is of, in words. */
export function namesOfChanges({ changes, after }: EditPlan): string {
  return [...grouped(changes, ({ at }) => at)]
    .map(([at, some]) => {
      const keys = some.map(({ path }) => path.join('.'));
      return at === 'global'
        ? keys.join(', ')
        : `${keys.join(', ')} of ${nameOf({ at, runner: after.runners[at]! })}`;
    })
    .join('; ');
}

/** Changes as `--json` prints them, secrets hidden; `names` tells the name of the runner at a position from 0. */
export const plainChanges = (
  changes: readonly Changed[],
  names: (at: number) => string,
  showEnvironment = false,
): NonNullable<Output['changes']> => changes.map((one) => asObject(one, names, showEnvironment));

/** The names of the runners as a plan leaves them. */
export const namesAfter =
  ({ after }: EditPlan) =>
  (at: number): string =>
    textIn(after.runners[at]!, 'name');

function asObject(
  { at, path, old, new: now }: Changed,
  names: (at: number) => string,
  showEnvironment: boolean,
) {
  const level = at === 'global' ? 'global' : 'runner';
  const place = at === 'global' ? { runner: null } : { runner: at + 1, name: names(at) };
  const [before, after] = [old, now].map((value) => plain(level, path, value, showEnvironment));
  return { ...place, key: path.join('.'), before, after };
}

// Of the same type with and without something hidden, so that scripts can rely on it.
function plain(
  level: 'global' | 'runner',
  path: readonly string[],
  value: unknown,
  showEnvironment: boolean,
): unknown {
  if (value === undefined) return null;
  const shown = shownValue(level, path, value, showEnvironment);
  return shown === writeValue(value as never) ? plainOf(value) : plainOf(literalOf(shown!) ?? shown);
}
