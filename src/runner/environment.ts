import { type Table, textsIn } from '../config/model.ts';

/** The value of a variable in the `environment` of a runner; of several the last counts, as in gitlab-runner. */
export function variableIn(runner: Table, name: string): string | undefined {
  return textsIn(runner, 'environment')
    .findLast((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

/** All variables in the `environment` of a runner. */
export const variablesIn = (runner: Table): Record<string, string> =>
  Object.fromEntries(textsIn(runner, 'environment').map((one) => one.split(/=(.*)/s)));

/** The `environment` of a runner with another value of a variable, in its place; `undefined` takes the variable out. */
export function environmentWith(runner: Table, name: string, value: string | undefined): string[] {
  const present = textsIn(runner, 'environment');
  const last = present.findLastIndex((one) => one.startsWith(`${name}=`));
  const fresh = value === undefined ? [] : [`${name}=${value}`];
  if (last < 0) return [...present, ...fresh];
  return present.flatMap((one, at) => (at === last ? fresh : one.startsWith(`${name}=`) ? [] : [one]));
}
