import type { VariableSetup } from './setup.ts';

/** A CI/CD variable; `home` is "instance", "group 42" or "project 87". */
export interface Variable {
  home: string;
  key: string;
  value: string;
  variableType: string;
  protected: boolean;
  masked: boolean;
  hidden: boolean;
  raw: boolean;
  environmentScope: string;
  description: string | null;
}

/** A variable that nobody has said anything about but its key and value. */
export const plainVariable = (home: string, key: string, value: string): Variable => ({
  home,
  key,
  value,
  variableType: 'env_var',
  protected: false,
  masked: false,
  hidden: false,
  raw: false,
  environmentScope: '*',
  description: null,
});

/** The variable that a setup describes. */
export function readVariable(given: VariableSetup): Variable {
  const { of, ...rest } = given;
  const home = of === undefined ? 'instance' : 'group' in of ? `group ${of.group}` : `project ${of.project}`;
  return { ...plainVariable(home, given.key, given.value), ...rest };
}

/** What the model refuses, by field (gitlab-api.md 7); empty when it is fine. */
export function variableFaults(
  variable: Variable,
  others: Variable[],
  masksRaw = true,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const key = keyFaults(variable, others);
  if (key.length > 0) found.key = key;
  if (variable.hidden && !variable.masked) found.masked = ['should be true when variable is hidden'];
  if (variable.masked && !isMaskable(variable, masksRaw)) found.value = ['is invalid'];
  if (variable.home === 'instance' && variable.value.length > 10_000) {
    found.value = ['The value of the provided variable exceeds the 10000 character limit'];
  }
  if ((variable.description ?? '').length > 255) {
    found.description = ['is too long (maximum is 255 characters)'];
  }
  return found;
}

/** The variable as the API shows it. */
export function showVariable(variable: Variable, knowsHidden: boolean): Record<string, unknown> {
  const instance = variable.home === 'instance';
  return {
    variable_type: variable.variableType,
    key: variable.key,
    value: variable.hidden ? null : variable.value,
    ...(instance || !knowsHidden ? {} : { hidden: variable.hidden }),
    protected: variable.protected,
    masked: variable.masked,
    raw: variable.raw,
    ...(instance ? {} : { environment_scope: variable.environmentScope }),
    description: variable.description,
  };
}

function keyFaults(variable: Variable, others: Variable[]): string[] {
  const found: string[] = [];
  if (variable.key === '') found.push("can't be blank");
  if (variable.key.length > 255) found.push('is too long (maximum is 255 characters)');
  if (!/^[a-zA-Z0-9_]+$/.test(variable.key)) found.push("can contain only letters, digits and '_'.");
  const taken = others.some(
    (each) =>
      each.home === variable.home &&
      each.key === variable.key &&
      each.environmentScope === variable.environmentScope,
  );
  if (taken) found.push(`(${variable.key}) has already been taken`);
  return found;
}

const isMaskable = ({ raw, value }: Variable, masksRaw: boolean): boolean =>
  (raw && masksRaw ? /^\S{8,}$/ : /^[a-zA-Z0-9_+=/@:.~-]{8,}$/).test(value);
