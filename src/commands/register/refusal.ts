import { addFlags } from '../../app/be-asked.ts';
import { readAddress } from '../../app/gitlab-address.ts';
import type { Invocation } from '../../app/invocation.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Preset } from '../../runner/preset.ts';
import type { Credential } from '../../settings/credential.ts';
import type { WrongValues } from '../../settings/gather.ts';
import { checkTogether, missing } from '../../settings/rules.ts';
import { type SettingName, table } from '../../settings/table.ts';

/** A registration as far as it was opened. */
interface Opened extends Invocation {
  readonly credential: Credential | undefined;
  readonly preset?: Preset | undefined;
}

/** Everything that keeps a registration from being planned where nobody is asked: what is missing, and what is wrong with the rest. */
export const refusalOf = (context: Opened): Trouble => together(found(context, []))!;

/**
 * The refusal of values that do not fit, with what is wrong besides: `open` gives the registration without these values,
 * where it can be opened. A person who is asked is asked for what is missing.
 */
export async function withMissing(wrong: WrongValues, open: () => Promise<Opened>): Promise<Trouble> {
  try {
    const context = await open();
    return context.mayAsk ? wrong : together([wrong, ...found(context, wrong.names)])!;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return together([wrong, error])!;
  }
}

function found(context: Opened, wrong: readonly SettingName[]): Trouble[] {
  const { known, credential } = context;
  const { url } = known.settings;
  return [
    ...[() => url && readAddress(url), () => checkTogether(known, credential)].map(troubleOf),
    missingIn(context, wrong),
  ].filter((one) => one !== undefined);
}

function troubleOf(check: () => unknown): Trouble | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
}

function missingIn(context: Opened, wrong: readonly SettingName[]): Trouble | undefined {
  const { known, credential, preset } = context;
  const names = missing(known.settings, credential, [...(preset?.needed.keys() ?? [])]);
  const left = names.filter((name) => !wrong.includes(name));
  if (left.length === 0) return undefined;
  return new Trouble(
    `Missing: ${left.map((name) => askFor(name) + example(preset?.needed.get(name))).join('\n')}`,
    { hint: addFlags(left.length, context, true), code: exitCode.usage },
  );
}

const example = (words: string | undefined): string => (words === undefined ? '' : `, such as ${words}`);

function askFor(name: SettingName): string {
  if (name === 'token') {
    return '--token ($CI_SERVER_TOKEN), --token-file, --token-stdin, or --access-token ($RUNNER_SETUP_ACCESS_TOKEN)';
  }
  const { flag, env, kind } = table[name];
  const words = kind.choices !== undefined && kind.choices.length < 5 ? `${flag} ${kind.hint}` : flag;
  return env === undefined ? words : `${words} ($${env})`;
}

/** Several troubles as one; nothing for none. */
function together(all: readonly Trouble[]): Trouble | undefined {
  if (all.length < 2) return all[0];
  const whole = ({ message, why }: Trouble) => (why === undefined ? message : `${message} ${why}`);
  const hints = new Set(all.flatMap(({ hint }) => hint ?? []));
  return new Trouble(all.map(whole).join('\n'), {
    code: exitCode.usage,
    ...(hints.size > 0 && { hint: [...hints].join('\n') }),
  });
}
