import { exitCode, Trouble } from '../../errors.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import { loginsIn } from '../../host/docker-config.ts';
import { variableIn } from '../../runner/proxy.ts';
import { entriesIn, lineOf } from '../../runner/select.ts';
import { text } from '../../settings/kinds.ts';
import { type Person, personOf } from '../../terminal/ask.ts';
import { columnsOf } from '../../terminal/size.ts';
import { fold } from '../../text/wrap.ts';
import { type RegistryAuthContext, variableKey } from './context.ts';
import { aboutHost, dockerConfigTarget } from './docker-config-target.ts';
import { withGitlab } from './gitlab.ts';
import { aboutRunner } from './runner-target.ts';
import type { Target } from './target.ts';
import { homesNamed, isTargetNamed, namedTargets } from './targets.ts';
import { aboutHome } from './variable-target.ts';

interface ChosenTargets {
  readonly context: RegistryAuthContext;
  readonly targets: Target[];
}

/** The targets that the flags name, or the one that a person chooses; a choice that leads nowhere is made anew. */
export async function askTarget(given: RegistryAuthContext): Promise<ChosenTargets> {
  if (isTargetNamed(given)) return lookAtNamed(given);
  const person = await personOf(given.world, given.say);
  let context = given;
  let usual: Kind | undefined;
  for (;;) {
    const named = await nameOne(context, person, usual);
    usual = kinds.find((kind) => named.verbFlags[kind] !== undefined);
    let asked = named;
    try {
      asked = await withGitlabIfNeeded(named);
      return { context: asked, targets: await namedTargets(asked) };
    } catch (error) {
      if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
      given.say.trouble(error);
      context = kept(given, asked, error);
    }
  }
}

async function lookAtNamed(given: RegistryAuthContext): Promise<ChosenTargets> {
  const context = await withGitlabIfNeeded(given);
  return { context, targets: await namedTargets(context) };
}

/** The context, with its GitLab and access token where a variable is meant: a person is asked for what is missing. */
export const withGitlabIfNeeded = (
  context: RegistryAuthContext,
): Promise<RegistryAuthContext> | RegistryAuthContext =>
  homesNamed(context).length > 0 && !context.dryRun ? withGitlab(context) : context;

// What was typed and is not at fault need not be typed again.
function kept(given: RegistryAuthContext, asked: RegistryAuthContext, error: Trouble): RegistryAuthContext {
  const isRefused = error instanceof Refusal;
  const isTokenBad = isRefused && error.status === 401;
  return {
    ...given,
    ...(isRefused && { settings: asked.settings }),
    access: isTokenBad ? undefined : asked.access,
  };
}

const kinds = ['project', 'group', 'instance', 'runner', 'host'] as const;

type Kind = (typeof kinds)[number];

async function nameOne(
  context: RegistryAuthContext,
  person: Person,
  usual: Kind | undefined,
): Promise<RegistryAuthContext> {
  const isAdding = context.words[0] === 'add';
  const kind = await person.pick<Kind>(
    isAdding ? 'Add credentials to' : 'Remove credentials from',
    entriesFor(context),
    { usual },
  );
  const verbFlags = { ...context.verbFlags };
  if (kind === 'project' || kind === 'group') {
    const ask = kind === 'project' ? 'Project (ID or path)' : 'Group (ID or path)';
    const of = await person.answer({ ask, kind: text('ID|PATH', 'filled'), required: true }, undefined);
    verbFlags[kind] = [String(of)];
  } else if (kind === 'runner') verbFlags.runner = [await askRunner(context, person)];
  else verbFlags[kind] = [''];
  const isVariable = kind !== 'runner' && kind !== 'host';
  if (isAdding && isVariable && verbFlags.protected === undefined) {
    if (await person.agree('Restrict to protected branches and tags?', false)) verbFlags.protected = [''];
  }
  return { ...context, verbFlags };
}

function entriesFor(context: RegistryAuthContext): { value: Kind; name: string; line?: string }[] {
  const { file, world } = context;
  if (context.words[0] === 'remove') return placesOfLogins(context);
  const hasRunner = (file?.runners.length ?? 0) > 0;
  const entries: { value: Kind; name: string; line: string }[] = [
    { value: 'project', name: 'A CI/CD variable of a project', line: aboutHome('project') },
    { value: 'group', name: 'A CI/CD variable of a group', line: aboutHome('group') },
    { value: 'instance', name: 'A CI/CD variable of the instance', line: aboutHome('instance') },
    ...(hasRunner ? [{ value: 'runner' as const, name: 'A runner in config.toml', line: aboutRunner }] : []),
    { value: 'host', name: 'The Docker config of the gitlab-runner user', line: aboutHost },
  ];
  // Inquirer breaks its lines in the middle of words.
  return entries.map((entry) => ({ ...entry, line: fold(entry.line, columnsOf(world.stderr), 0) }));
}

// What GitLab has is seen when it is asked; the others are offered where there are logins.
function placesOfLogins(context: RegistryAuthContext): { value: Kind; name: string }[] {
  return [
    { value: 'project', name: 'A CI/CD variable of a project' },
    { value: 'group', name: 'A CI/CD variable of a group' },
    { value: 'instance', name: 'A CI/CD variable of the instance' },
    ...(runnersFor(context).length > 0
      ? [{ value: 'runner' as const, name: 'A runner in config.toml' }]
      : []),
    ...(hasHostLogins(context)
      ? [{ value: 'host' as const, name: 'The Docker config of the gitlab-runner user' }]
      : []),
  ];
}

// One that cannot be read is offered: its error says why.
function hasHostLogins(context: RegistryAuthContext): boolean {
  try {
    return loginsIn(dockerConfigTarget({ ...context, dryRun: true }).found ?? {}).length > 0;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return true;
  }
}

const runnersFor = ({ file, words }: RegistryAuthContext) =>
  entriesIn(file?.runners ?? []).filter(
    ({ runner }) => words[0] !== 'remove' || variableIn(runner, variableKey) !== undefined,
  );

async function askRunner(context: RegistryAuthContext, person: Person): Promise<string> {
  const all = runnersFor(context);
  if (all.length === 1) return `#${all[0]!.at + 1}`;
  return person.choose(
    'Runner',
    all.map((one) => ({ value: `#${one.at + 1}`, name: lineOf(one) })),
  );
}
