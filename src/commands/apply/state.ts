import { existsSync } from 'node:fs';
import { statePath } from '../../app/fleet-state.ts';
import { putFile } from '../../app/save.ts';
import { textIn } from '../../config/model.ts';
import { keptOf } from '../../fleet/changes.ts';
import { type FleetState, hashOf, type LastRunner, lastOf, writeState } from '../../fleet/state.ts';
import { leavesIn } from '../../fleet/wanted.ts';
import { typedKept } from '../../runner/request.ts';
import type { ApplyContext } from './context.ts';
import type { Step } from './plan.ts';

/** Keeps beside config.toml what was wanted of the runners that a run has done. */
export class StateKeeper {
  readonly #context: ApplyContext;
  #state: FleetState;
  #saved: string;

  constructor(context: ApplyContext) {
    this.#context = context;
    this.#state = { ...context.state, host: context.host };
    this.#saved = writeState(context.state);
  }

  tookGlobals(): void {
    this.#state = { ...this.#state, global: lastOf(leavesIn(this.#context.global)) };
  }

  /** Takes a step that is done, and writes it down at once where it changed something. */
  async took(step: Step, id: number | undefined): Promise<void> {
    const { [step.key]: _, ...others } = this.#state.runners;
    const own = step.wanted === undefined ? {} : { [step.key]: this.#lastOf(step, id) };
    this.#state = { ...this.#state, runners: { ...others, ...own } };
    if (step.action !== 'leave' && step.action !== 'forget') await this.save();
  }

  /** Writes the state unless the file says the same; a disk that does not take it is a warning, since GitLab knows the runners. */
  async save(): Promise<void> {
    const { path, say } = this.#context;
    const { runners, global } = this.#state;
    const text = writeState(this.#state);
    const file = statePath(path);
    const isEmpty = Object.keys(runners).length === 0 && global.length === 0;
    if (text === this.#saved || (isEmpty && !existsSync(file))) return;
    try {
      await putFile(file, text, path);
      this.#saved = text;
    } catch (error) {
      say.warn(`${file} could not be written: ${(error as Error).message}`);
    }
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
