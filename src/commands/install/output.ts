import { hasRunners } from '../../app/config-file.ts';
import { type Existing, inPart } from '../../app/existing-runner.ts';
import { type Invocation, wordOf } from '../../app/invocation.ts';
import { rootOf, versionOf } from '../../app/system-commands.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';

/** Says which gitlab-runner is there already. Throws when it is not of the version that was asked for. */
export async function tellExisting(invocation: Invocation, existing: Existing): Promise<ExitCode> {
  if (existing.kind === 'part') throw inPart(existing);
  const { say, verbFlags } = invocation;
  const version = wordOf(verbFlags, 'version')?.replace(/^v/, '');
  const isAsked = version !== undefined && version !== 'latest';
  if (isAsked && !isSameVersion(version, await presentVersion(invocation, existing)))
    throw new Trouble(`${existing.sentence} Nothing was changed.`, {
      why: `It was not replaced with version ${version}.`,
    });
  if (say.mode.json) say.object({ action: 'unchanged', changed: false });
  else say.done(`Nothing to do: ${existing.sentence}`);
  return exitCode.done;
}

// A version without a release is that of any release.
function isSameVersion(asked: string, present = ''): boolean {
  const [one, other] = [asked, present].map((version) => version.split('-'));
  return one![0] === other![0] && (one!.length < 2 || other!.length < 2 || asked === present);
}

async function presentVersion(
  { world, verbFlags }: Invocation,
  existing: Existing,
): Promise<string | undefined> {
  if (existing.kind === 'package') return existing.version;
  return existing.kind === 'program' ? versionOf(rootOf(verbFlags), existing.path, world) : undefined;
}

/** What was installed: what it is called, whether its service runs, where its runners are, and how one is added. */
interface Installed {
  readonly what: string;
  readonly hasService: boolean;
  readonly configFile: string;
  readonly register: string;
  /** More that is worth knowing. */
  readonly lines?: readonly string[];
}

/** Says that it is installed, and what comes next. */
export function tellInstalled({ say }: Invocation, installed: Installed): ExitCode {
  const { what, hasService, configFile, register, lines = [] } = installed;
  if (say.mode.json) say.object({ action: 'installed', changed: true });
  else say.done(hasService ? `${what} is installed, and its service is running.` : `${what} is installed.`);
  for (const line of lines) say.talk(line);
  say.talk(
    hasRunners(configFile)
      ? 'To run a first job, use the tags of the runner in .gitlab-ci.yml: https://docs.gitlab.com/ci/yaml/#tags'
      : `To register a runner: ${register}`,
  );
  return exitCode.done;
}
