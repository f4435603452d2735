/** A service of this machine that starts gitlab-runner, as its files say, whether it runs or not. */
export interface RunnerService {
  /** What starts it. */
  readonly manager: 'systemd' | 'init' | 'rc.d' | 'Quadlet' | 'launchd' | 'Windows';
  /** Its name there, such as `gitlab-runner.service`. */
  readonly name: string;
  /** Where it is defined: a file, or the key of a registry. */
  readonly file: string;
  /** Whether it starts by itself. */
  readonly isEnabled: boolean;
  /** The program that it starts, where that is known. */
  readonly program?: string | undefined;
  /** The config.toml that it reads, where that is known. */
  readonly config: string | undefined;
  /** The user of its `--user`: jobs run as that one. */
  readonly user: string | undefined;
  /** The user that it runs as, where that is known. */
  readonly uid: number | undefined;
  /** Its process, where it runs and the system says which one that is. */
  readonly pid?: number | undefined;
  /** The file that it has what gitlab-runner logs written to, where it names one. */
  readonly log?: string | undefined;
}
