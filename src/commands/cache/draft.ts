import { addFlags } from '../../app/be-asked.ts';
import type { Invocation } from '../../app/invocation.ts';
import { isTable, type Table, valueAt } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { tomlValue } from '../../runner/block.ts';
import { type CacheSection, cacheSection } from '../../runner/cache.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { cutScheme } from '../../settings/cache-kinds.ts';
import { Unfit, type Value } from '../../settings/kinds.ts';
import { shownWord } from '../../settings/mask.ts';
import { groupOf, type SettingName, type Settings, settingNames, table } from '../../settings/table.ts';
import { cacheQuestions, type Known, kinds, type Provider, sectionOf } from './questions.ts';

/** The settings of the cache, in the order of config.toml. */
export const cacheNames: readonly SettingName[] = settingNames.filter((name) => groupOf(name) === 'cache');

/** What a person wants of the cache of a runner, over what config.toml has of it. */
export class CacheDraft {
  readonly #runner: Table;
  readonly #wanted = new Map<SettingName, Value | undefined>();
  #provider: Provider | undefined;

  /** Begins with the flags; throws a `Trouble` for values that the services do not take. */
  constructor(runner: Table, flags: Settings) {
    this.#runner = runner;
    for (const name of cacheNames) {
      const value = flags[name] as Value | undefined;
      if (value !== undefined) this.put(name, checked(name, value));
    }
  }

  /** The value of a setting: as it is wanted, else as config.toml has it. */
  readonly known: Known = (name) => (this.#wanted.has(name) ? this.#wanted.get(name) : this.presentAt(name));

  /** Who keeps the cache, as far as it was said or config.toml tells. */
  get provider(): Provider | undefined {
    return this.#provider ?? this.#told();
  }

  /** Notes who keeps the cache; what belongs to another one is left behind. */
  choose(provider: Provider): void {
    this.#provider = provider;
    const section = sectionOf(provider);
    if (cacheSection(String(this.known('cacheType') ?? '')) !== section) this.put('cacheType', section);
  }

  /** Notes a value; the scheme of an endpoint says whether TLS is used. */
  put(name: SettingName, value: Value): void {
    if (name !== 'cacheS3ServerAddress') return void this.#wanted.set(name, value);
    const { host, isPlain } = cutScheme(String(value));
    this.#wanted.set(name, host);
    if (isPlain !== undefined && !this.#wanted.has('cacheS3Insecure'))
      this.#wanted.set('cacheS3Insecure', isPlain);
  }

  /** Notes that a setting is not wanted. */
  leave(name: SettingName): void {
    if (this.presentAt(name) === undefined) this.#wanted.delete(name);
    else this.#wanted.set(name, undefined);
  }

  /** Whether a setting was asked for by a flag or an answer. */
  has(name: SettingName): boolean {
    return this.#wanted.has(name);
  }

  /** The value that config.toml has; an empty text is none. */
  presentAt(name: SettingName): Value | undefined {
    const value = valueAt(this.#runner, pathOf(name));
    return value === '' || isTable(value) ? undefined : (value as Value | undefined);
  }

  /** The questions whose answers a cache cannot do without, and that nobody has answered. */
  get lacking(): readonly SettingName[] {
    const { provider } = this;
    if (provider === undefined) return ['cacheType'];
    return cacheQuestions
      .filter(({ of, required, when }) => required && of.includes(provider) && when(this.known))
      .map(({ name }) => name)
      .filter((name) => (this.known(name) ?? '') === '' && name !== 'cacheS3BucketLocation');
  }

  /** The same wishes for another runner. */
  for(runner: Table): CacheDraft {
    const draft = new CacheDraft(runner, {});
    for (const [name, value] of this.#wanted) draft.#wanted.set(name, value);
    draft.#provider = this.#provider;
    return draft;
  }

  /** What becomes of config.toml. */
  edits(): Edit[] {
    const section = cacheSection(String(this.known('cacheType') ?? ''));
    this.#completeAuthentication();
    const others = (['s3', 'gcs', 'azure'] as const).filter((one) => one !== section && this.#isFilled(one));
    return [
      ...[...this.#wanted].flatMap(([name, value]) => this.#editOf(name, value, section)),
      ...others.map((one): Edit => ({ ...editAt(['cache', one], table.cacheType.flag), do: 'unset' })),
    ];
  }

  // With keys and without ServerAddress, gitlab-runner would take the credentials of its machine.
  #completeAuthentication(): void {
    if (this.provider !== 'aws' || this.known('cacheS3AuthenticationType') !== undefined) return;
    if (this.has('cacheS3AccessKey')) this.#wanted.set('cacheS3AuthenticationType', 'access-key');
  }

  #editOf(name: SettingName, value: Value | undefined, section: CacheSection | undefined): Edit[] {
    const path = pathOf(name);
    const isElsewhere = path.length > 2 && path[1] !== section;
    if (isElsewhere) throw stray(name, section);
    const isNothing = value === undefined || value === '' || (value === false && !isNullable(name));
    const edit = editAt(path, table[name].flag);
    if (!isNothing) return [{ ...edit, do: 'set', value: tomlValue(value) }];
    return valueAt(this.#runner, path) === undefined ? [] : [{ ...edit, do: 'unset' }];
  }

  #isFilled(section: CacheSection): boolean {
    const there = valueAt(this.#runner, ['cache', section]);
    return isTable(there) && Object.values(there).some((value) => typeof value === 'string' && value !== '');
  }

  #told(): Provider | undefined {
    const section = cacheSection(String(this.known('cacheType') ?? ''));
    if (section !== 's3') return section;
    const address = String(this.known('cacheS3ServerAddress') ?? '');
    return address === '' || address === 's3.amazonaws.com' ? 'aws' : 'minio';
  }
}

const pathOf = (name: SettingName): string[] => (table[name].toml ?? '').split('.');

const editAt = (path: readonly string[], from: string) => ({ level: 'runner', path, from }) as const;

// Where gitlab-runner does something else without the key than with false.
const isNullable = (name: SettingName): boolean => name === 'cacheS3PathStyle' || name === 'cacheS3DualStack';

function checked(name: SettingName, value: Value): Value {
  const kind = kinds[name];
  if (kind === undefined || value === '') return value;
  try {
    return kind.read([String(value)]);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const shown = kind.name === 'secret' ? 'the value' : `"${shownWord(kind, String(value))}"`;
    throw new Trouble(`${table[name].flag}: ${shown} is not ${error.message}.`, {
      hint: `To write it anyway: runner-setup edit RUNNER ${table[name].flag} VALUE`,
      code: exitCode.usage,
    });
  }
}

function stray(name: SettingName, section: CacheSection | undefined): Trouble {
  return new Trouble(`${table[name].flag} has no effect on a cache of the type ${section ?? 'none'}.`, {
    hint: 'Omit it, or set the type: --cache-type s3, gcs, or azure',
    code: exitCode.usage,
  });
}

/** What a script has not said that the cache of a runner, as it would be, cannot do without: throws a `Trouble` with the flags. */
export function refuseLacking(draft: CacheDraft, invocation: Invocation): void {
  const { lacking } = draft;
  if (lacking.length === 0) return;
  throw new Trouble(`Missing: ${lacking.map((name) => table[name].flag).join(', ')}`, {
    hint: addFlags(lacking.length, invocation),
    code: exitCode.usage,
  });
}
