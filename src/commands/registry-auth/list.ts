import { type ExitCode, exitCode } from '../../errors.ts';
import { loginsIn, plainName } from '../../host/docker-config.ts';
import { columnsOf } from '../../terminal/size.ts';
import { cellFor, tableLines } from '../../terminal/tables.ts';
import type { RegistryAuthContext } from './context.ts';
import { isMeant, knownTargets } from './known-targets.ts';
import { plainLogin, userIn } from './target.ts';

/** `registry-auth list`: which registries, which users, at which targets; never a secret. */
export async function list(given: RegistryAuthContext): Promise<ExitCode> {
  const context = { ...given, dryRun: false };
  const { say, world } = context;
  const targets = (await knownTargets(context)).map((target) => ({
    ...target,
    logins: loginsIn(target.found ?? {}).filter(({ key }) => isMeant(context, key)),
  }));
  if (say.mode.json) {
    const told = targets.map(({ json, logins }) => ({ ...json, registries: logins.map(plainLogin) }));
    say.object({ action: 'listed', changed: false, places: told });
    return exitCode.done;
  }
  const width = columnsOf(world.stdout);
  const rows = targets.flatMap(({ label, logins }) =>
    logins.map((login) => [plainName(login.key), userIn(login), label].map(cellFor(say, width))),
  );
  if (rows.length > 0) for (const line of tableLines(columns, rows, width)) say.result(line);
  const which = context.registries.length === 0 ? '' : ` for ${context.registries.join(' or ')}`;
  for (const { name, logins } of targets)
    if (logins.length === 0) say.talk(`No credentials${which} in ${name}.`);
  return exitCode.done;
}

const columns = [
  { title: 'REGISTRY', least: 16 },
  { title: 'USER', least: 8 },
  { title: 'PLACE', least: 30 },
];
