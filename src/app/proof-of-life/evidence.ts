import type { Table } from '../../config/model.ts';
import type { RunnerEntry } from '../../runner/select.ts';
import type { Settings } from '../../settings/table.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import type { ConfigFile } from '../container-config.ts';

/** The runner of which is asked whether gitlab-runner has taken it up. */
export interface Subject {
  readonly world: World;
  readonly say: Say;
  readonly settings: Settings;
  readonly file: ConfigFile;
  /** Of its config.toml, all that is not a runner. */
  readonly globals: Table;
  readonly entry: RunnerEntry;
  /** The token as gitlab-runner reads it. */
  readonly token: string;
  /** Whether this program itself has just told GitLab of this machine. */
  readonly isJustTold: boolean;
  /** When the file was changed, if it was changed just now. */
  readonly written: Date | undefined;
  /** Ends the looking. */
  readonly signal: AbortSignal;
}

/** Something that may show that gitlab-runner has taken up a runner. */
export interface Evidence {
  /** Gets ready to look, or says why that makes no sense here; nothing where another evidence is the one to look at. */
  open(subject: Subject): Promise<Watch | Blind | undefined>;
}

/** An evidence that can be looked at again and again. */
export interface Watch {
  readonly by: 'gitlab' | 'log' | 'metrics';
  /** Who would show it, in the middle of a sentence. */
  readonly who: string;
  /** The sentence for a runner that was seen. */
  readonly seen: string;
  /** Whether no other evidence needs to be looked at beside it. */
  readonly isEnough: boolean;
  /** Looks once: whether the runner was seen. Throws a `Trouble` when looking again makes no sense. */
  look(): Promise<boolean>;
  unseen(): Unseen;
}

/** Why a runner has not been seen so far, and what a person can look at. */
export interface Unseen {
  readonly why: string;
  readonly hint: string;
}

/** Why an evidence cannot be looked at, and the command that shows it to a person, if there is one. */
export interface Blind {
  readonly why: string;
  readonly command?: string;
  /** Whether GitLab refused it, which says all that is to be said of the access token. */
  readonly isRefused?: boolean;
}

export const isBlind = (one: Watch | Blind): one is Blind => !('look' in one);
