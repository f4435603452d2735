import { interruptible } from '../../app/interrupt.ts';
import { folded, isSwitchedOn, misuse } from '../../app/invocation.ts';
import type { Rollback } from '../../app/rollback.ts';
import { Trouble } from '../../errors.ts';
import {
  isMaskingRefused,
  type Variable,
  type VariableHome,
  type VariableName,
  type VariableWish,
} from '../../gitlab/variables.ts';
import { type DockerConfig, writeCompact } from '../../host/docker-config.ts';
import { harmless } from '../../text/sanitize.ts';
import { type RegistryAuthContext, variableKey } from './context.ts';
import { askAboutVariables } from './gitlab.ts';
import type { Change, Target } from './target.ts';
import { loginLines, readPlace, textFor } from './target.ts';

/** A CI/CD variable as a place for logins, as GitLab has it now; in a dry run GitLab is not asked. */
export async function variablePlace(stage: RegistryAuthContext, home: VariableHome): Promise<Target> {
  const name = nameIn(stage, home);
  const seen = stage.dryRun ? undefined : await look(stage, name);
  const words = `the CI/CD variable ${variableKey} of ${homeWords(home)}${scopeWords(name)}`;
  const found = configOf(stage, seen, words);
  return {
    name: words,
    label: `${homeWords(home)}${scopeWords(name)}`,
    about: aboutHome(home.kind),
    json: {
      kind: 'variable',
      of: home.kind,
      ...('of' in home && { id: home.of }),
      key: variableKey,
      ...scopeOf(name),
    },
    found,
    wouldChange: (change) => (stage.dryRun ? undefined : wishFor(stage, seen, found, change) !== 'nothing'),
    async show(change, to) {
      const wish = wishFor(stage, seen, found, change);
      const head = `${words}${headEnd(stage, seen, wish)}`;
      const title = to === 'result' ? head : folded(stage.world.stderr, head);
      stage.say.diff(title, loginLines(found, change(found ?? {})), to);
    },
    carryOut: (change, guard, isStale) => carryOut(stage, { name, words, seen }, change, guard, isStale),
  };
}

/** A variable for a script to say: whose it is. */
const homeWords = (home: VariableHome): string =>
  home.kind === 'instance' ? 'the whole GitLab' : `${home.kind} ${harmless(home.of, 100)}`;

/** Who can use and read the variables of a home, and what they come before. */
export function aboutHome(kind: VariableHome['kind']): string {
  const reach = {
    project: 'Every job of the project gets it, on whatever runner; its Maintainers can read it.',
    group: 'Every job of every project of the group gets it; the Owners of the group can read it.',
    instance: 'Every job of the whole GitLab gets it; the administrators can read it.',
  };
  const invocation = {
    project: 'It hides the same variable of the group, the instance and the runner: they are not merged.',
    group: 'The same variable of a project hides it, and it hides that of the instance and the runner.',
    instance: 'The same variable of a group or project hides it, and it hides that of the runner.',
  };
  return `${reach[kind]} ${invocation[kind]}`;
}

function nameIn({ verbFlags }: RegistryAuthContext, home: VariableHome): VariableName {
  const scope = verbFlags.scope?.at(-1);
  if (scope !== undefined && home.kind === 'instance')
    throw misuse(
      '--scope and --instance contradict each other.',
      'Variables of the instance are for every environment.',
    );
  return { home, key: variableKey, scope: scope ?? '*' };
}

const scopeOf = ({ home, scope }: VariableName) => (home.kind === 'instance' ? {} : { scope });

const scopeWords = ({ scope }: VariableName): string =>
  scope === '*' ? '' : ` for the environment ${harmless(scope, 60)}`;

const look = (stage: RegistryAuthContext, name: VariableName): Promise<Variable | undefined> =>
  interruptible(stage.world, stage.say, 0, ({ signal }) =>
    askAboutVariables(stage, 'Reading the variable', signal, (gitlab, token) => gitlab.variable(token, name)),
  );

function configOf(
  stage: RegistryAuthContext,
  seen: Variable | undefined,
  words: string,
): DockerConfig | undefined {
  const isHidden = seen !== undefined && seen.value === null;
  if (isHidden && !isSwitchedOn(stage.verbFlags, 'replace')) {
    throw new Trouble(`${words[0]!.toUpperCase()}${words.slice(1)} is hidden.`, {
      why: 'GitLab shows its value to nobody, so nothing can be merged with it.',
      hint: '--replace puts the logins given now in the place of all that are there.',
    });
  }
  return readPlace(stage, seen?.value ?? undefined, words);
}

type Wish = VariableWish | 'nothing' | 'removal';

function wishFor(
  { verbFlags }: RegistryAuthContext,
  seen: Variable | undefined,
  found: DockerConfig | undefined,
  change: Change,
): Wish {
  const value = textFor(change(found ?? {}), writeCompact);
  if (value === undefined) return seen === undefined ? 'nothing' : 'removal';
  const mayStay = isSwitchedOn(verbFlags, 'allowUnmasked') && seen?.masked === false && seen.value === value;
  const wish = {
    value,
    masked: !mayStay,
    raw: true,
    protected:
      verbFlags.protected === undefined ? (seen?.protected ?? false) : isSwitchedOn(verbFlags, 'protected'),
    type: seen?.type ?? 'env_var',
  } as const;
  const isSame =
    seen !== undefined && Object.entries(wish).every(([key, one]) => seen[key as keyof Variable] === one);
  return isSame ? 'nothing' : wish;
}

function headEnd({ dryRun }: RegistryAuthContext, seen: Variable | undefined, wish: Wish): string {
  if (wish === 'removal') return ' (goes)';
  const more = wish === 'nothing' ? [] : ['masked', '$ left alone', ...(wish.protected ? ['protected'] : [])];
  const isNew = dryRun ? ['GitLab is not asked now'] : seen === undefined ? ['new'] : [];
  const file = seen?.type === 'file' ? ['of type file'] : [];
  return ` (${[...isNew, ...file, ...more].join(', ')})`;
}

interface Here {
  readonly name: VariableName;
  readonly words: string;
  readonly seen: Variable | undefined;
}

async function carryOut(
  stage: RegistryAuthContext,
  { name, words, seen: before }: Here,
  change: Change,
  guard: Rollback,
  isStale: boolean,
): Promise<boolean> {
  guard.check();
  // While a person thinks, somebody else may add a login, which must not be lost.
  const seen = isStale
    ? await askAboutVariables(stage, 'Reading the variable', guard.signal, (gitlab, token) =>
        gitlab.variable(token, name),
      )
    : before;
  const wish = wishFor(stage, seen, configOf(stage, seen, words), change);
  if (wish === 'nothing') return false;
  await write(stage, name, seen, wish, guard.signal);
  guard.undoBy({
    what: `${words} is as it was`,
    remains: `${words} is changed.`,
    run: (signal) => putBack(stage, name, seen, signal),
  });
  return true;
}

async function write(
  stage: RegistryAuthContext,
  name: VariableName,
  seen: Variable | undefined,
  wish: VariableWish | 'removal',
  signal: AbortSignal,
): Promise<void> {
  const put = (now: VariableWish | 'removal') =>
    askAboutVariables(stage, 'Writing the variable', signal, (gitlab, token) => {
      if (now === 'removal') return gitlab.removeVariable(token, name);
      return seen === undefined
        ? gitlab.addVariable(token, name, now)
        : gitlab.changeVariable(token, name, now);
    });
  try {
    await put(wish);
  } catch (error) {
    if (wish === 'removal' || !isMaskingRefused(error)) throw error;
    await agreeToUnmasked(stage, error as Trouble);
    await put({ ...wish, masked: false });
  }
}

async function agreeToUnmasked(stage: RegistryAuthContext, refusal: Trouble): Promise<void> {
  const why =
    'GitLab masks one line of 8 characters or more without blanks; before 16 it masks no JSON at all.';
  if (isSwitchedOn(stage.verbFlags, 'allowUnmasked')) {
    stage.say.warn('GitLab cannot mask this value: a job that prints the variable shows it in its log.');
    return;
  }
  if (!stage.mayAsk) throw new Trouble(refusal.message, { ...refusal, why: `${refusal.why}. ${why}` });
  stage.say.warn(
    `GitLab refuses to mask this value. ${why} Without a mask a job that prints it shows it in its log.`,
  );
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(stage.world, stage.say);
  if (!(await person.agree('Keep it without a mask?', false))) throw cancelled();
}

const putBack = (
  stage: RegistryAuthContext,
  name: VariableName,
  seen: Variable | undefined,
  signal: AbortSignal,
): Promise<void> =>
  askAboutVariables(stage, 'Putting the variable back', signal, async (gitlab, token) => {
    if (seen === undefined) return gitlab.removeVariable(token, name);
    const value = seen.value;
    if (value === null) throw new Trouble('Its former value was hidden, and nobody knows it.');
    const isThere = (await gitlab.variable(token, name)) !== undefined;
    const wish = { ...seen, value };
    return isThere ? gitlab.changeVariable(token, name, wish) : gitlab.addVariable(token, name, wish);
  });
