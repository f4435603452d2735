import { callTable } from '../settings/call-table.ts';
import { type Invocation, isSwitchedOn } from './invocation.ts';

/** What a run was given that keeps it from asking. */
type Asker = Pick<Invocation, 'verbFlags' | 'known' | 'say'>;

/**
 * The next step to be asked (or to open what `what` says) where this run asks nothing: without what keeps it from asking,
 * or else in a terminal.
 */
export function toBeAsked(asker: Asker, what = 'be asked'): string {
  const stops = stopsOf(asker).join(' and ');
  return stops === '' ? `To ${what}, run the command in a terminal.` : `In a terminal, ${stops} to ${what}.`;
}

function stopsOf({ verbFlags, known: { settings, sources }, say }: Asker): string[] {
  const isFromEnv = sources.get('nonInteractive') === 'environment';
  return [
    ...(isSwitchedOn(verbFlags, 'nonInteractive') ? ['omit --non-interactive'] : []),
    ...(settings.nonInteractive ? [isFromEnv ? `unset ${callTable.nonInteractive.env}` : 'omit -n'] : []),
    ...(say.mode.json ? ['omit --json'] : []),
  ];
}

/** The next step where so many flags are missing; `orVariables` when variables of the environment do, too. */
export function asFlags(count: number, orVariables = false): string {
  const [one, several] = orVariables
    ? ['a flag or an environment variable', 'flags or environment variables']
    : ['a flag', 'flags'];
  return `Add ${count === 1 ? `it as ${one}` : `them as ${several}`}.`;
}

/** The next step where so many flags are missing, and nobody can be asked. */
export const addFlags = (count: number, asker: Asker, orVariables = false): string =>
  `${asFlags(count, orVariables)} ${toBeAsked(asker)}`;
