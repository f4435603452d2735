import type { Trouble } from '../../../errors.ts';
import type { World } from '../../../world.ts';
import type { Command } from '../../packages/package-manager.ts';

/** How GitLab's documentation installs the binary of gitlab-runner on a system. Nothing is changed here. */
export interface Binary {
  /** What GitLab calls the system in the name of the file. */
  readonly system: string;
  /** What GitLab calls the processors that it builds for, by Node's names. */
  readonly processors: Readonly<Record<string, string>>;
  /** Whether GitLab has no packages for the system, and nothing is installed below another root folder. */
  readonly isOnlyWay: boolean;
  /** The end of the name of GitLab's file. */
  readonly ending: string;
  /** The folder that the file is put in, and its name there. */
  readonly folder: string;
  readonly file: string;
  /** Where the service reads its runners from. */
  configFile(root: string, world: Pick<World, 'home'>): string;
  /** The command that registers a runner of this gitlab-runner. */
  readonly register: string;
  /** Whether the file is put with sudo where the person may not write to the folder, and the rest is done without. */
  readonly takesSudo: boolean;
  /** Whether gitlab-runner can be told by SIGQUIT to finish its jobs and end. */
  readonly hasSignals: boolean;
  /** Why this person cannot run a command such as `install`; nothing where they can. */
  refusal(world: World, command: string): Trouble | undefined;
  /** What to try when the service does not start. */
  readonly startHint?: string;
  /** What keeps others from changing the folder, before there is something in it. */
  readonly protect: readonly Command[];
  /** Creates the user that runs the jobs, in the system with this root folder; nothing where it is there, or not needed. */
  createUser(root: string): readonly Command[];
  /** The words for `gitlab-runner install`, which writes the definition of the service. */
  serviceWords(root: string, world: Pick<World, 'home'>): readonly string[];
}

/** The name of GitLab's file for a processor; nothing where GitLab builds none. */
export function nameFor({ system, processors, ending }: Binary, architecture: string): string | undefined {
  const processor = processors[architecture];
  return processor === undefined ? undefined : `gitlab-runner-${system}-${processor}${ending}`;
}
