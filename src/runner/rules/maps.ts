import { isTable, textIn, type Value, valueAt } from '../../config/model.ts';
import { settingNames, table } from '../../settings/table.ts';
import { editing, type Risk, type Rule, type Subject } from './rule.ts';

/** A list where gitlab-runner reads a table: its TOML reader passes over it without a word (BurntSushi/toml, unifyMap). */
function* lists(subject: Subject): Generator<Risk> {
  for (const { toml, path, flag, isSwitches } of maps) {
    const value = valueAt(subject.runner, path);
    if (!Array.isArray(value)) continue;
    // A switch alone means true.
    const form = isSwitches ? /^\w/ : /^[^=:]+[=:]/;
    const pairs = value.map(pairIn).filter((one) => form.test(one));
    yield {
      severity: 'error',
      rule: 'list-for-table',
      at: subject.at,
      path,
      message: `${toml} is a list, but must be a table of NAME = VALUE`,
      why: 'gitlab-runner ignores the list without a message.',
      next:
        pairs.length > 0 && pairs.length === value.length
          ? editing(subject, ...pairs.flatMap((one) => [flag, one]))
          : editing(subject, '--unset', toml),
    };
  }
}

// A toleration as Kubernetes writes it has key, value and effect.
function pairIn(item: Value): string {
  if (!isTable(item)) return String(item).trim();
  const [key, value, effect] = ['key', 'value', 'effect'].map((name) => textIn(item, name));
  return key === '' ? '' : `${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}`;
}

const maps = settingNames.flatMap((name) => {
  const { toml, kind, flag } = table[name];
  return toml !== undefined && kind.name === 'map'
    ? [{ toml, path: toml.split('.'), flag, isSwitches: toml === 'feature_flags' }]
    : [];
});

/** The rule about lists that stand where tables belong. */
export const mapRules: readonly Rule[] = [
  { id: 'list-for-table', keys: maps.map(({ toml }) => toml), find: lists },
];
