/** The log of the gitlab-runner that a service starts. */
export interface RunnerLog {
  /** What it is called in sentences, such as `the journal of gitlab-runner.service`. */
  readonly name: string;
  /** The command by which a person reads it. */
  readonly command: string;
  /**
   * Its lines, oldest first, of a bounded number the last: those since a moment, or all that it has. Throws a `Trouble`
   * when it cannot be read.
   */
  read(since: Date | undefined): Promise<string[]>;
}

/** Why there is no log to read, and where a person finds one, if that is known. */
export interface NoLog {
  readonly why: string;
  readonly command?: string;
}
