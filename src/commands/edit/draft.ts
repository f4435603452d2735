import { type FoundKey, findKey } from '../../app/config-keys.ts';
import { type Table, type Value, valueAt, withValue } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import type { Edit } from '../../runner/edit-request.ts';
import type { EditPlanInput } from './apply.ts';
import { isSame, placeIn, planPlaces } from './plan.ts';

/** One key at one place. */
export interface Spot {
  readonly at: 'global' | number;
  readonly key: FoundKey;
}

/** What a person has changed so far, while nothing is written. */
export class Drafting {
  readonly config: Config;
  readonly #wanted = new Map<string, { spot: Spot; value: Value | undefined }>();

  readonly #kept = new Map<number, Readonly<Record<string, unknown>>>();

  constructor(config: Config) {
    this.config = config;
  }

  get count(): number {
    return (
      this.#wanted.size + [...this.#kept.values()].reduce((sum, kept) => sum + Object.keys(kept).length, 0)
    );
  }

  /** What a person has changed of that which GitLab keeps about a runner. */
  keptAt(at: number): Readonly<Record<string, unknown>> {
    return this.#kept.get(at) ?? {};
  }

  /** Notes a new value of what GitLab keeps; `before` are the words of the present one. */
  keep(at: number, field: string, value: unknown, before: string): void {
    const { [field]: _, ...others } = this.keptAt(at);
    const isBack = String(value) === before || (before === '' && value === 0);
    this.#kept.set(at, isBack ? others : { ...others, [field]: value });
  }

  /** A spot by its word: the place and the path, such as `0 docker.image` or `global concurrent`. */
  spotOf(word: string): Spot {
    const [place = '', path = ''] = word.split(' ');
    const at = place === 'global' ? 'global' : Number(place);
    return { at, key: findKey(at === 'global' ? 'global' : 'runner', path.split('.'), path) };
  }

  /** The value as it will be. */
  valueAt(spot: Spot): Value | undefined {
    const wanted = this.#wanted.get(wordOf(spot));
    return wanted === undefined ? this.#presentAt(spot) : wanted.value;
  }

  /** Notes a new value, `undefined` for none; one that was there before is no change. */
  put(spot: Spot, value: Value | undefined): void {
    const present = this.#presentAt(spot);
    const isBack =
      isSame(spot.at, spot.key.path, present, value) || (present === undefined && isEmpty(value));
    if (isBack) this.#wanted.delete(wordOf(spot));
    else this.#wanted.set(wordOf(spot), { spot, value });
  }

  /** The runner as it will be. */
  runnerAt(at: number): Table {
    const wanted = [...this.#wanted.values()].filter(({ spot }) => spot.at === at);
    return wanted.reduce(
      (runner: Table, { spot, value }) => withValue(runner, spot.key.path, value),
      placeIn(this.config, at),
    );
  }

  isChanged(spot: Spot): boolean {
    return this.#wanted.has(wordOf(spot));
  }

  /** All of it as an errand; throws a `Trouble` for what does not fit together. */
  async errand(accessToken = ''): Promise<EditPlanInput> {
    const places = [...this.#wanted.values()].map(({ spot, value }) => ({
      at: spot.at,
      wishes: [wishFor(spot, value)],
    }));
    const plan = await planPlaces(this.config, places, false);
    const kept = [...this.#kept].filter(([, body]) => Object.keys(body).length > 0);
    const atGitlab = kept.map(([at, body]) => ({ at, body }));
    return { plan, atGitlab, accessToken, isAgreed: true, again: async () => plan };
  }

  #presentAt({ at, key }: Spot): Value | undefined {
    return valueAt(placeIn(this.config, at), key.path);
  }
}

/** The word of a spot. */
export const wordOf = ({ at, key }: Spot): string => `${at} ${key.path.join('.')}`;

// Switched on and off again is as if it had never been touched.
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

function wishFor({ key }: Spot, value: Value | undefined): Edit {
  const wish = { level: key.level, path: key.path, from: key.path.join('.') };
  return value === undefined ? { ...wish, do: 'unset' } : { ...wish, do: 'set', value };
}

/** The keys of the Docker executors by which jobs reach GitLab. */
export const reachPaths = ['docker.extra_hosts', 'docker.dns', 'docker.network_mode', 'docker.volumes'];
