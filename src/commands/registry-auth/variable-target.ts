import { interruptible } from '../../app/interrupt.ts';
import { isSwitchedOn, misuse } from '../../app/invocation.ts';
import type { Rollback } from '../../app/rollback.ts';
import { Trouble } from '../../errors.ts';
import {
  isMaskingRefused,
  type Variable,
  type VariableHome,
  type VariableName,
  type VariableValues,
} from '../../gitlab/variables.ts';
import { type DockerConfig, writeCompact } from '../../host/docker-config.ts';
import { harmless } from '../../text/sanitize.ts';
import { type RegistryAuthContext, variableKey } from './context.ts';
import { askAboutVariables } from './gitlab.ts';
import { type Change, loginLines, readLogins, type Target, textFor } from './target.ts';

/** A CI/CD variable as a target for logins, as GitLab has it now; in a dry run GitLab is not asked. */
export async function variableTarget(context: RegistryAuthContext, home: VariableHome): Promise<Target> {
  const name = nameIn(context, home);
  const seen = context.dryRun ? undefined : await look(context, name);
  const words = `the CI/CD variable ${variableKey} of ${homeWords(home)}${scopeWords(name)}`;
  const found = configOf(context, seen, words);
  return {
    name: words,
    label: `${homeWords(home)}${scopeWords(name)}`,
    about: aboutHome(home.kind),
    json: {
      kind: 'variable',
      of: home.kind,
      ...('of' in home && { id: /^\d+$/.test(home.of) ? Number(home.of) : home.of }),
      key: variableKey,
      ...scopeOf(name),
    },
    found,
    wouldChange: (change) =>
      context.dryRun ? undefined : editFor(context, seen, found, change) !== 'nothing',
    async show(change, to) {
      const edit = editFor(context, seen, found, change);
      const head = `${words}${headEnd(context, seen, edit)}`;
      context.say.diff(head, loginLines(found, change(found ?? {})), to);
    },
    apply: (change, rollback, isStale) => apply(context, { name, words, seen }, change, rollback, isStale),
  };
}

/** A variable for a script to say: whose it is. */
const homeWords = (home: VariableHome): string =>
  home.kind === 'instance' ? 'the instance' : `${home.kind} ${harmless(home.of, 100)}`;

/** Who can use and read the variables of a home, and what they come before. */
export function aboutHome(kind: VariableHome['kind']): string {
  const reach = {
    project: 'Every job of the project gets it, on any runner. Maintainers of the project can read it.',
    group: 'Every job in the group gets it. Owners of the group can read it.',
    instance: 'Every job of the instance gets it. Administrators can read it.',
  };
  const precedence = {
    project:
      'It overrides the same variable of the group, the instance, and the runner. They are not merged.',
    group: 'The same variable of a project overrides it. It overrides that of the instance and the runner.',
    instance: 'The same variable of a group or project overrides it. It overrides that of the runner.',
  };
  return `${reach[kind]} ${precedence[kind]}`;
}

function nameIn({ verbFlags }: RegistryAuthContext, home: VariableHome): VariableName {
  const scope = verbFlags.scope?.at(-1);
  if (scope !== undefined && home.kind === 'instance')
    throw misuse(
      '--scope and --instance cannot be combined.',
      'Instance variables apply to every environment.',
    );
  return { home, key: variableKey, scope: scope ?? '*' };
}

const scopeOf = ({ home, scope }: VariableName) => (home.kind === 'instance' ? {} : { scope });

const scopeWords = ({ scope }: VariableName): string =>
  scope === '*' ? '' : ` for the environment ${harmless(scope, 60)}`;

const look = (context: RegistryAuthContext, name: VariableName): Promise<Variable | undefined> =>
  interruptible(context.world, context.say, 0, ({ signal }) =>
    askAboutVariables(context, 'Reading the variable', signal, (gitlab, token) =>
      gitlab.variable(token, name),
    ),
  );

function configOf(
  context: RegistryAuthContext,
  seen: Variable | undefined,
  words: string,
): DockerConfig | undefined {
  const isHidden = seen !== undefined && seen.value === null;
  if (isHidden && !isSwitchedOn(context.verbFlags, 'replace')) {
    throw new Trouble(`${words[0]!.toUpperCase()}${words.slice(1)} is hidden.`, {
      why: 'GitLab does not show its value, so the credentials cannot be merged.',
      hint: 'To replace all credentials in it: --replace',
    });
  }
  return readLogins(context, seen?.value ?? undefined, words);
}

type VariableEdit = VariableValues | 'nothing' | 'removal';

function editFor(
  { verbFlags }: RegistryAuthContext,
  seen: Variable | undefined,
  found: DockerConfig | undefined,
  change: Change,
): VariableEdit {
  const value = textFor(change(found ?? {}), writeCompact);
  if (value === undefined) return seen === undefined ? 'nothing' : 'removal';
  const mayStay = isSwitchedOn(verbFlags, 'allowUnmasked') && seen?.masked === false && seen.value === value;
  const edit = {
    value,
    masked: !mayStay,
    raw: true,
    protected:
      verbFlags.protected === undefined ? (seen?.protected ?? false) : isSwitchedOn(verbFlags, 'protected'),
    type: seen?.type ?? 'env_var',
  } as const;
  const isSame =
    seen !== undefined && Object.entries(edit).every(([key, one]) => seen[key as keyof Variable] === one);
  return isSame ? 'nothing' : edit;
}

function headEnd({ dryRun }: RegistryAuthContext, seen: Variable | undefined, edit: VariableEdit): string {
  if (edit === 'removal') return ' (goes)';
  const more =
    edit === 'nothing' ? [] : ['masked', '$ not expanded', ...(edit.protected ? ['protected'] : [])];
  const isNew = dryRun ? ['GitLab was not asked'] : seen === undefined ? ['new'] : [];
  const file = seen?.type === 'file' ? ['of type file'] : [];
  return ` (${[...isNew, ...file, ...more].join(', ')})`;
}

interface VariableState {
  readonly name: VariableName;
  readonly words: string;
  readonly seen: Variable | undefined;
}

async function apply(
  context: RegistryAuthContext,
  { name, words, seen: before }: VariableState,
  change: Change,
  rollback: Rollback,
  isStale: boolean,
): Promise<boolean> {
  rollback.check();
  // While a person thinks, somebody else may add a login, which must not be lost.
  const seen = isStale
    ? await askAboutVariables(context, 'Reading the variable', rollback.signal, (gitlab, token) =>
        gitlab.variable(token, name),
      )
    : before;
  const edit = editFor(context, seen, configOf(context, seen, words), change);
  if (edit === 'nothing') return false;
  await write(context, name, seen, edit, rollback.signal);
  rollback.undoBy({
    what: words,
    remains: `${words} is still changed`,
    run: (signal) => putBack(context, name, seen, signal),
  });
  return true;
}

async function write(
  context: RegistryAuthContext,
  name: VariableName,
  seen: Variable | undefined,
  edit: VariableValues | 'removal',
  signal: AbortSignal,
): Promise<void> {
  const put = (now: VariableValues | 'removal') =>
    askAboutVariables(context, 'Writing the variable', signal, (gitlab, token) => {
      if (now === 'removal') return gitlab.removeVariable(token, name);
      return seen === undefined
        ? gitlab.addVariable(token, name, now)
        : gitlab.changeVariable(token, name, now);
    });
  try {
    await put(edit);
  } catch (error) {
    if (edit === 'removal' || !isMaskingRefused(error)) throw error;
    await agreeToUnmasked(context, error as Trouble);
    await put({ ...edit, masked: false });
  }
}

async function agreeToUnmasked(context: RegistryAuthContext, refusal: Trouble): Promise<void> {
  const why =
    'GitLab masks a single line of 8 or more characters without spaces. Before 16.0, it does not mask JSON.';
  if (isSwitchedOn(context.verbFlags, 'allowUnmasked')) {
    context.say.warn(
      'GitLab cannot mask this value. A job that prints the variable shows it in the job log.',
    );
    return;
  }
  if (!context.mayAsk) throw new Trouble(refusal.message, { ...refusal, why: `${refusal.why}. ${why}` });
  context.say.warn(
    `GitLab refused to mask this value. ${why} Without masking, a job that prints it shows it in the job log.`,
  );
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(context.world, context.say);
  if (!(await person.agree('Store it unmasked?', false))) throw cancelled();
}

const putBack = (
  context: RegistryAuthContext,
  name: VariableName,
  seen: Variable | undefined,
  signal: AbortSignal,
): Promise<void> =>
  askAboutVariables(context, 'Restoring the variable', signal, async (gitlab, token) => {
    if (seen === undefined) return gitlab.removeVariable(token, name);
    const value = seen.value;
    if (value === null) throw new Trouble('Its previous value was hidden, so it cannot be restored.');
    const isThere = (await gitlab.variable(token, name)) !== undefined;
    const edit = { ...seen, value };
    return isThere ? gitlab.changeVariable(token, name, edit) : gitlab.addVariable(token, name, edit);
  });
