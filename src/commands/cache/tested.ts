import type { Invocation } from '../../app/invocation.ts';
import { textIn } from '../../config/model.ts';
import { secretValues } from '../../config/secret-places.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { executorIn } from '../../runner/executor.ts';
import { nameOf, type RunnerEntry } from '../../runner/select.ts';
import { usesDocker } from '../../settings/executors.ts';
import type { Trial } from '../../storage/trial.ts';
import type { VerbOption } from '../../terminal/options.ts';
import type { Output } from '../../terminal/output-schema.ts';
import { harmless } from '../../text/sanitize.ts';
import type { Untested } from './store-of.ts';

/** A command that tests caches, and the config.toml that they are in. */
export type Tester = Pick<Invocation, 'world' | 'say' | 'verbFlags'> & { readonly path: string };

/** The flag that names the CA of the storage, which is another one than GitLab's. */
export const caFlag = {
  tlsCaFile: {
    flag: '--tls-ca-file',
    isSwitch: false,
    hint: 'FILE',
    doc: 'CA certificate file of the storage (PEM), for the test',
    offers: 'files',
  },
} as const satisfies Record<string, VerbOption>;

/** How the test of the cache of one runner ended. */
export interface Tested {
  readonly entry: RunnerEntry;
  /** Absent where nothing could be tried. */
  readonly trial?: Trial;
  /** Whether a CA is trusted that gitlab-runner does not know. */
  readonly hasOwnCa?: boolean;
  /** What is wrong, the first thing first; nothing when the cache works. */
  readonly fault?: Untested;
}

// gitlab-runner trusts a CA of its own for GitLab only; archives are moved by its helper, in the job.
function wordsOnCa({ runner }: RunnerEntry): string {
  const isContained = usesDocker(executorIn(runner)) || executorIn(runner) === 'kubernetes';
  return isContained
    ? 'Jobs must trust the CA of the storage, too: mount it in them as /etc/gitlab-runner/certs/ca.crt.'
    : 'Jobs must trust the CA of the storage, too: add it to the CAs of the machine that they run on.';
}

/** Says how a test ended: a line of result, and what is wrong with what to do about it. */
export function tellTested({ say }: Tester, { entry, trial, fault, hasOwnCa }: Tested): void {
  const place = trial === undefined ? '' : ` (${trial.store.bucket} at ${trial.store.url})`;
  const line = harmless(
    `${nameOf(entry)}: ${fault === undefined ? 'works' : words[fault.problem]}${place}`,
    600,
  );
  if (!say.mode.quiet || fault !== undefined) say.judged(fault === undefined ? 'good' : 'error', line);
  if (fault !== undefined) {
    const { message, why, next } = fault;
    say.trouble(new Trouble(message, { ...(why && { why }), hint: next }));
  } else if (hasOwnCa) say.note(wordsOnCa(entry));
  tellLeft({ say }, trial);
}

/** Whether the object stays is worth a word even where the cache works: gitlab-runner itself deletes nothing. */
function tellLeft({ say }: Pick<Tester, 'say'>, trial: Trial | undefined): void {
  if (trial === undefined || !trial.isLeft) return;
  const fault = trial.steps.find(({ act }) => act === 'delete')?.fault;
  say.warn(
    `The test object was not deleted: ${trial.store.object} in ${trial.store.bucket}. ${fault?.message ?? ''} gitlab-runner does not delete cache objects, so jobs are not affected.`,
  );
}

const words = {
  unreachable: 'unreachable',
  certificate: 'certificate not accepted',
  region: 'wrong region',
  'path-style': 'wrong address style',
  clock: 'wrong clock',
  credentials: 'credentials refused',
  permission: 'permission missing',
  bucket: 'bucket not usable',
  encryption: 'encryption refused',
  settings: 'settings wrong or incomplete',
  'not-storage': 'not an object storage',
  other: 'failed',
  unknown: 'not tested',
} as const satisfies Record<Untested['problem'], string>;

/** The tests as `--json` prints them. */
export const plainTested = (tested: readonly Tested[]): NonNullable<Output['caches']> =>
  tested.map(({ entry: { at, runner }, trial, fault }) => ({
    runner: at + 1,
    name: textIn(runner, 'name'),
    type: textIn(runner, 'cache', 'Type'),
    ...(trial && { url: trial.store.url, bucket: trial.store.bucket, object: trial.store.object }),
    state: fault?.problem ?? 'works',
    steps: (trial?.steps ?? []).map((step) => ({ act: step.act, ok: step.fault === undefined })),
    left: trial?.isLeft ?? false,
    ...(fault && { message: fault.message, ...(fault.why && { why: fault.why }), next: fault.next }),
  }));

/** The exit code of some tests. */
export function codeOf(tested: readonly Tested[]): ExitCode {
  const problems = tested.flatMap(({ fault }) => fault?.problem ?? []);
  if (problems.some((one) => one === 'credentials' || one === 'permission')) return exitCode.refused;
  return problems.length > 0 ? exitCode.failed : exitCode.done;
}

/** Hides the secrets of a config.toml, and what of them others could send back. */
export const hideSecrets = ({ say }: Pick<Tester, 'say'>, text: string): void => say.hide(secretValues(text));
