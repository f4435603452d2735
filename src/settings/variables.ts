import { type SettingName, settingNames, table } from './table.ts';

/** The variables, set now, from which register takes settings of a runner: its own (`RUNNER_SETUP_…`) and those of the call apart. */
export function registerVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return settingNames.flatMap((name) => {
    const { env: variable, toml, api, kind } = table[name];
    const isMeant = variable === undefined || variable.startsWith('RUNNER_SETUP_');
    const isSetting = toml !== undefined || api !== undefined || kind.name === 'secret';
    return !isMeant && isSetting && env[variable]?.trim() ? [variable] : [];
  });
}

/** The variables that gitlab-runner would take over from the shell and that are set now: each with the flag to use. */
export function shellVariables(
  env: Readonly<Record<string, string | undefined>>,
): { name: SettingName; variable: string }[] {
  return settingNames.flatMap((name) => {
    const variable = table[name].shellEnv;
    return variable !== undefined && env[variable] ? [{ name, variable }] : [];
  });
}
