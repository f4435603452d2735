import { existsSync } from 'node:fs';
import type { Finding } from '../../../app/findings.ts';
import { textIn } from '../../../config/model.ts';
import type { Config } from '../../../config/read.ts';
import { type FoundFile, wordsOnAccess } from '../../../config/read-file.ts';
import { isForeignSystemId, isSame, otherConfigs, outsidePath } from '../../../host/config-folder.ts';
import { completePath, placeHere } from '../../../host/places.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { registerVariables, shellVariables } from '../../../settings/variables.ts';
import { quote, removeFile, showFile, unsetVariables } from '../../../text/shell-quote.ts';
import type { World } from '../../../world.ts';

/** What this machine has to say about a config file: rights, other files, a copied system id, certificates. */
export function hostFindings(found: FoundFile, config: Config | undefined, world: World): Finding[] {
  return [
    ...rights(found, config, world),
    ...others(found.path, world),
    ...unseen(found.path, world),
    ...copied(found.path, world),
    ...mounted(found),
    ...inherited(config, world),
    ...(config === undefined ? [] : runnersHere(config, world)),
  ];
}

function* rights({ path }: FoundFile, config: Config | undefined, world: World): Generator<Finding> {
  const open = platformOf(world).opennessOf(path);
  if (open === undefined) return;
  yield {
    severity: 'warning',
    rule: 'rights',
    place: path,
    message: `file ${wordsOnAccess(config?.runners.length !== 0, open.shown)}`,
    next: open.next,
    ...(open.fixable && { fixable: true }),
  };
}

function* others(path: string, world: World): Generator<Finding> {
  const running = platformOf(world).runningRunners(world) ?? [];
  const users = running.filter(({ config }) => config !== undefined && isSame(config, path));
  const elsewhere = running.filter(({ config }) => config !== undefined && !isSame(config, path));
  // One whose file cannot be seen may have this one.
  const isCertain = running.every(({ config }) => config !== undefined);
  if (users.length === 0 && elsewhere.length > 0 && isCertain) {
    const { pid, config } = elsewhere[0]!;
    yield {
      severity: 'warning',
      rule: 'other-config',
      place: path,
      message: `running gitlab-runner (process ${pid}) uses ${config}, not this file`,
      next: `runner-setup doctor --config ${quote(config!)}`,
    };
  }
  for (const other of otherConfigs(path, world)) {
    if (elsewhere.some(({ config }) => isSame(config!, other))) continue;
    yield {
      severity: users.length > 0 ? 'note' : 'warning',
      rule: 'other-config',
      place: path,
      message: `another file exists: ${other}${users.length > 0 ? `; running gitlab-runner (process ${users[0]!.pid}) uses this one` : ''}`,
      why: 'gitlab-runner uses /etc as root, and the home folder as any other user.',
      next: `runner-setup list --config ${quote(other)}`,
    };
  }
}

function* unseen(path: string, world: World): Generator<Finding> {
  const isSeen = (platformOf(world).runningRunners(world) ?? []).length > 0;
  if (isSeen || outsidePath(path) === undefined) return;
  const message = 'runner-setup runs in a container, so the gitlab-runner of the host was not checked';
  yield { severity: 'note', rule: 'container', place: path, message };
}

function* copied(path: string, { platform }: World): Generator<Finding> {
  if (!isForeignSystemId(path, platform)) return;
  const file = path.replace(/[^/\\]*$/, '.runner_system_id');
  yield {
    severity: 'warning',
    rule: 'system-id',
    place: file,
    message: 'system ID belongs to another host: the folder or host was copied',
    why: 'GitLab shows hosts with the same system ID as one.',
    next: `If the other host is still in use, remove the ID, and then restart gitlab-runner: ${removeFile(file)}`,
  };
}

function* mounted({ path, isMountPoint }: FoundFile): Generator<Finding> {
  if (!isMountPoint) return;
  yield {
    severity: 'note',
    rule: 'mount',
    place: path,
    message: 'only the file is mounted, not its folder',
    why: 'It cannot be replaced atomically, and editors that replace it break the mount.',
    next: 'Mount the folder /etc/gitlab-runner instead.',
  };
}

// gitlab-runner takes what it finds in the shell, also what was meant for another program.
function* inherited(config: Config | undefined, { env }: World): Generator<Finding> {
  const base = { severity: 'note', rule: 'environment', place: 'environment' } as const;
  const ours = registerVariables(env);
  const theirs = shellVariables(env).map(({ variable }) => variable);
  if (ours.length > 0) {
    const message = `register reads settings from variables of this shell: ${ours.join(', ')}`;
    yield { ...base, message, next: `If this is not intended: ${unsetVariables(...ours)}` };
  }
  if (theirs.length > 0) {
    const message = `gitlab-runner register writes variables of this shell to config.toml: ${theirs.join(', ')}`;
    yield { ...base, message, next: 'Create the runner without them: runner-setup register' };
  }
  if (!env.SENTRY_DSN?.trim() || textIn(config?.globals ?? {}, 'sentry_dsn') !== '') return;
  const message = 'SENTRY_DSN is set: a gitlab-runner started here writes sentry_dsn to config.toml';
  yield { ...base, message, next: `If this is not intended: ${unsetVariables('SENTRY_DSN')}` };
}

function* runnersHere(config: Config, world: World): Generator<Finding> {
  for (const [at, runner] of config.runners.entries()) {
    for (const key of ['tls-ca-file', 'tls-cert-file', 'tls-key-file']) {
      const file = textIn(runner, key);
      if (file === '' || existsSync(placeHere(completePath(file, world), config.file))) continue;
      const next = showFile(file);
      const why = 'gitlab-runner ignores this without a message.';
      yield {
        severity: 'warning',
        rule: 'certificate-file',
        place: `runner #${at + 1}`,
        message: `${key} ${file} does not exist`,
        why,
        next,
      };
    }
  }
}
