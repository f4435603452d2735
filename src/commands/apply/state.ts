import { existsSync, readFileSync } from 'node:fs';
import { statePath } from '../../app/fleet-state.ts';
import { putFile } from '../../app/save.ts';
import { textIn } from '../../config/model.ts';
import { keptOf } from '../../fleet-file/changes.ts';
import {
  type FleetState,
  hashOf,
  type LastRunner,
  lastOf,
  noState,
  readState,
  writeState,
} from '../../fleet-file/state.ts';
import { leavesIn } from '../../fleet-file/wanted.ts';
import { typedKept } from '../../runner/request.ts';
import type { ApplyContext } from './context.ts';
import { isActing, type Step } from './plan.ts';

/** Keeps beside config.toml what was wanted of the runners that a run has done. */
export class StateKeeper {
  readonly #context: ApplyContext;
  /** What this run has done, by key; nothing for a runner that left. */
  readonly #done = new Map<string, LastRunner | undefined>();

  constructor(context: ApplyContext) {
    this.#context = context;
  }

  /**
   * Writes down the runners that leave and of which nothing was kept. Their notes in GitLab tell of them only until they
   * are deleted there: a run that is killed then is finished by what was written down.
   */
  async foresee(steps: readonly Step[]): Promise<void> {
    const unknown = steps.filter(
      ({ action, key }) => action === 'remove' && !Object.hasOwn(this.#context.state.runners, key),
    );
    for (const { key, url, id, name, origin } of unknown)
      this.#done.set(key, { url, ...(id !== undefined && { id }), name, origin, config: [], gitlab: {} });
    if (unknown.length > 0) await this.save();
  }

  /** Takes a step that is done, and writes it down at once where it changed something. */
  async took(step: Step, id: number | undefined): Promise<void> {
    this.#done.set(step.key, step.wanted === undefined ? undefined : this.#lastOf(step, id));
    if (isActing(step)) await this.save();
  }

  /** Writes the state unless the file says the same; a disk that does not take it is a warning, since GitLab knows the runners. */
  async save(): Promise<void> {
    const { path, say } = this.#context;
    const file = statePath(path);
    try {
      const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      const state = this.#stateAfter(before);
      const isEmpty = Object.keys(state.runners).length === 0 && state.global.length === 0;
      const text = writeState(state);
      if (text !== before && !(isEmpty && before === undefined)) await putFile(file, text, path);
    } catch (error) {
      say.warn(`${file} could not be written: ${(error as Error).message}`);
    }
  }

  // Another run may have written it meanwhile.
  #stateAfter(text: string | undefined): FleetState {
    const { host, global } = this.#context;
    const before = (text === undefined ? undefined : readState(text)) ?? noState;
    const runners = { ...before.runners };
    for (const [key, last] of this.#done) {
      if (last === undefined) delete runners[key];
      else runners[key] = last;
    }
    return { version: 1, host, global: lastOf(leavesIn(global)), runners };
  }

  #lastOf({ wanted, name, url, at, origin }: Step, id: number | undefined): LastRunner {
    const { gitlab, leaves } = wanted!;
    const { config } = this.#context;
    const isNamed = gitlab.description !== undefined || leaves.some(({ path }) => path.join('.') === 'name');
    const here = at === undefined ? undefined : config?.runners[at];
    return {
      url,
      ...(id !== undefined && id > 0 && { id }),
      name: isNamed || here === undefined ? name : textIn(here, 'name'),
      origin,
      ...(gitlab.token !== undefined && { token: hashOf(gitlab.token) }),
      config: lastOf(leaves),
      gitlab: gitlab.access_token === undefined ? {} : typedKept(keptOf(gitlab)),
    };
  }
}
