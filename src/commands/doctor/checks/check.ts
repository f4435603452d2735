import type { Finding } from '../../../app/findings.ts';
import type { GitlabRunner } from '../../../app/gitlab-runners.ts';
import type { ConfigInvocation } from '../../../app/invocation.ts';
import type { Config } from '../../../config/read.ts';
import { nameOf } from '../../../runner/select.ts';
import type { World } from '../../../world.ts';

/** What a check is given to look at. */
export interface CheckContext {
  readonly invocation: ConfigInvocation;
  readonly config: Config;
  /** Nobody is asked: what this machine itself knows is told all the same. */
  readonly isOffline: boolean;
  /** Whether it is looked for a job that this host has run. */
  readonly looksForJob: boolean;
}

/** One thing that doctor looks at besides the text and the settings of the file. */
export interface Check {
  /** When it runs: always, unless `--offline`, or with `--test-containers` only. */
  readonly runs: 'always' | 'online' | 'in containers';
  run(context: CheckContext): Promise<CheckResult>;
}

/** What a check has tried, and what it found. */
export interface CheckResult {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  /** The gitlab-runners of this machine, by the check that looks for them. */
  readonly gitlabRunners?: readonly GitlabRunner[];
}

/** The results of several checks as one, in their order. */
export const together = (results: readonly CheckResult[]): CheckResult => ({
  steps: results.flatMap(({ steps }) => steps),
  findings: results.flatMap(({ findings }) => findings),
  gitlabRunners: results.flatMap(({ gitlabRunners = [] }) => gitlabRunners),
});

/** One address that is tried, with the runners that use it. */
export interface GitlabProbe {
  readonly config: Config;
  readonly path: string;
  readonly world: World;
  readonly url: string;
  /** The positions of the runners that use this address. */
  readonly users: readonly number[];
  /** Lets GitLab tell which machines a runner has. */
  readonly accessToken?: string;
  /** Whether it is looked for a job that this host has run. */
  readonly looksForJob: boolean;
  /** Where the access token shows it. */
  readonly gitlabVersion?: string | undefined;
}

/** A runner as people tell it apart. */
export const whoIs = ({ runners }: Pick<Config, 'runners'>, at: number): string =>
  `runner ${nameOf({ at, runner: runners[at] ?? {} })}`;

/** One step of a check that was really tried: about what, which step, how it went. */
export interface Step {
  readonly about: string;
  readonly what:
    | 'name'
    | 'proxy'
    | 'port'
    | 'TLS'
    | 'API'
    | 'token'
    | 'system'
    | 'engine'
    | 'image'
    | 'inside'
    | 'metrics'
    | 'running'
    | 'log'
    | 'jobs';
  readonly ok: boolean;
  readonly words: string;
}
