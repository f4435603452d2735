import type { Shell } from '../../text/shell-quote.ts';
import type { Env, World } from '../../world.ts';
import type { ContainedRunner, RunningRunner } from '../running-runners.ts';
import type { RunnerService } from '../services/service.ts';
import type { Binary } from './binaries/binary.ts';

/** What differs between the systems that gitlab-runner runs on; nothing else in the program asks which one it is. */
export interface Platform {
  /** Whether jobs of the shell executor run in PowerShell, and files have no mode of an owner, a group, and others. */
  readonly isWindows: boolean;
  /** Whether programs of this machine run containers without a virtual machine between, so that paths are the same. */
  readonly hasOwnContainers: boolean;
  /** Where gitlab-runner keeps config.toml when nobody says. */
  defaultConfigFile(who: Who): string;
  /** What help says of the default of `--config`. */
  readonly defaultConfigWords: string;
  /** The config.toml of the service of the system, where gitlab-runner can also run in user mode beside it. */
  readonly systemConfigFile: string | undefined;
  /** Every config.toml that gitlab-runner uses when nobody names one, of whichever user it runs as. */
  usualConfigFiles(home: string): readonly string[];
  /** Where config.toml of gitlab-runner in a container lies when nobody says. */
  containerFolder(who: Pick<Who, 'uid' | 'home'>): string;
  readonly hostsFile: string;
  /** What the system calls this machine, from which the system ID is made; nothing when it has no name for it. */
  machineId(): string | undefined;
  /** Who may use a file beside its owner and the system; nothing when nobody may, or when it cannot be seen. */
  opennessOf(path: string): Openness | undefined;
  /** What the file of a program is called. */
  executable(name: string): string;
  /** The program and the words that start npm; nothing where it is not found. */
  npm(env: Env, node: string): readonly [program: string, ...words: string[]] | undefined;
  /** The running gitlab-runners; nothing where the system does not show what runs. */
  runningRunners(who: Pick<Who, 'uid' | 'home'>): readonly RunningRunner[] | undefined;
  /** The running gitlab-runners in containers, and whether they read this file; none where the system does not show them. */
  containedRunners(path: string): ContainedRunner[];
  /** The services that start gitlab-runner, whether they run or not, by how they are defined. */
  runnerServices(who: Pick<Who, 'uid' | 'home'>): Promise<readonly RunnerService[]>;
  /** The name of a user; nothing where no file of the system has it. */
  userName(uid: number): string | undefined;
  /** How the binary of gitlab-runner is installed here; nothing where GitLab has no way for it. */
  binary(): Promise<Binary | undefined>;
  /** What starts services on this system. */
  readonly serviceManager: 'systemd' | 'launchd' | 'windows';
  /** The commands by which a person handles the service of gitlab-runner, in the shell in use. */
  service(who: Pick<World, 'uid' | 'env'>): ServiceWords;
  /** These commands for anybody, whichever way the service was installed. */
  usualService(env: Env): ServiceWords;
  /** The kind of shell that the person types commands into. */
  shell(env: Env): Shell;
  /** Whether the system has sudo; where it has none, a terminal has its rights from its start. */
  readonly hasSudo: boolean;
}

/** That others may use a file. */
export interface Openness {
  /** Who, or the mode that says so. */
  readonly shown: string;
  /** The command that ends it. */
  readonly next: string;
  /** Whether the program can end it itself. */
  readonly fixable: boolean;
}

/** Who runs the program, and from where. */
export type Who = Pick<World, 'uid' | 'home' | 'cwd'>;

/** One command line each; `log` shows the last lines that gitlab-runner wrote. */
export interface ServiceWords {
  readonly start: string;
  readonly stop: string;
  readonly restart: string;
  readonly status: string;
  readonly log: string;
}
