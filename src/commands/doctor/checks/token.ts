import { type ConnectionOptions, infoOf } from '../../../app/connection.ts';
import { type Finding, wordsOf } from '../../../app/findings.ts';
import { readLastSet } from '../../../app/fleet-state.ts';
import { textIn } from '../../../config/model.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import type { Gitlab } from '../../../gitlab/calls.ts';
import { type SystemId, systemIdFor } from '../../../host/system-id.ts';
import { idOf } from '../../../runner/select.ts';
import { expand } from '../../../text/expand.ts';
import { harmless } from '../../../text/sanitize.ts';
import { position, removeFile } from '../../../text/shell-quote.ts';
import { type CheckResult, type GitlabProbe, together, whoIs } from './check.ts';
import { isDeleted, judgePresent } from './drift.ts';
import { lookForJob } from './jobs.ts';

/** Asks GitLab whether it takes the token of one runner and, with an access token, which machines it has. */
export async function tryToken(
  probed: GitlabProbe,
  way: ConnectionOptions,
  at: number,
): Promise<CheckResult> {
  const { config, path, world, url } = probed;
  const runner = config.runners[at]!;
  const token = expand(textIn(runner, 'token'), world.env);
  const system = systemIdFor(path, world.platform);
  if (token === '') return { steps: [], findings: [] };
  const who = whoIs(config, at);
  // Asked with an id made up here, GitLab would note a machine that does not exist.
  if (!system.isKept && system.id.startsWith('r_')) {
    const message = 'its token was not checked: this host has no system ID yet';
    return { steps: [], findings: [{ severity: 'note', rule: 'token', place: who, message }] };
  }
  const { openGitlab } = await import('../../../gitlab/calls.ts');
  const gitlab = openGitlab({ ...way, url, attempts: 3 });
  try {
    return await amidManagers(probed, { gitlab, at, system }, () => tryIt(probed, gitlab, at, system.id));
  } finally {
    await gitlab.close();
  }
}

async function tryIt(
  { config, world, url }: GitlabProbe,
  gitlab: Gitlab,
  at: number,
  systemId: string,
): Promise<Verified> {
  const runner = config.runners[at]!;
  const who = whoIs(config, at);
  const token = expand(textIn(runner, 'token'), world.env);
  const executor = textIn(runner, 'executor');
  try {
    const info = infoOf(world, executor === '' ? {} : { executor }, true);
    const told = await gitlab.verify({ token, system_id: systemId, info });
    const { id = idOf(runner) } = told;
    const words = `${who} is known${id === undefined ? '' : ` (id ${id})`}`;
    const steps = [{ about: url, what: 'token', ok: true, words }] as const;
    // A GitLab that tells no id tells no end of the token, either.
    const expiresAt = told.id === undefined ? undefined : told.expiresAt;
    return { steps: [...steps], findings: [], expiresAt, ...(id !== undefined && { id }) };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const refused = error.code === exitCode.refused;
    const finding: Finding = {
      severity: 'error',
      rule: refused ? 'token-refused' : 'connection',
      place: who,
      ...wordsOf(error),
      ...(refused && {
        next: `If the runner still exists, get a new token: ${newTokenFor(at)}\nIf the runner was deleted, remove its entry from config.toml: runner-setup unregister --local ${position(at)}`,
      }),
    };
    return {
      steps: [{ about: url, what: 'token', ok: false, words: `${who}: ${error.message}` }],
      findings: [finding],
    };
  }
}

type Manager = Readonly<Record<string, unknown>>;

/** How it went with the token, the id that GitLab told, and when it says that the token expires. */
type Verified = CheckResult & { readonly id?: number; readonly expiresAt?: string | null | undefined };

interface Asked {
  readonly gitlab: Gitlab;
  readonly at: number;
  readonly system: SystemId;
}

/**
 * Asks for the machines of a runner (GET /runners/:id/managers) before and after `verify`, which tells GitLab what this
 * machine is: where the two differ, another machine has the same system id. Without an access token only verifies.
 */
async function amidManagers(
  probed: GitlabProbe,
  asked: Asked,
  verify: () => Promise<Verified>,
): Promise<CheckResult> {
  const { config, accessToken, path, world } = probed;
  const who = whoIs(config, asked.at);
  if (accessToken === undefined) return verify();
  const id = idOf(config.runners[asked.at]!);
  if (id === undefined) {
    const told = await verify();
    return together([told, { steps: [], findings: [withoutId(who, asked.at, told.id)] }]);
  }
  const list = () => asked.gitlab.managers(accessToken, id).catch(troubleOnly);
  const before = await list();
  const runner = await asked.gitlab.runner(accessToken, id).catch(troubleOnly);
  const verified = await verify();
  const told = before instanceof Trouble ? verified : ofOneThatExists(verified, asked.at);
  const version =
    before instanceof Trouble ? undefined : before.find((one) => one.system_id === asked.system.id)?.version;
  const present = { runner, version };
  const lastSet = readLastSet(path, world.env)(config.runners[asked.at]!);
  const expected = { expiresAt: told.expiresAt, lastSet };
  const drift = { steps: [], findings: judgePresent(probed, asked.at, present, expected) };
  // That the token is refused and that nothing can be listed is the same fact.
  if (isDeleted(present)) return together([{ steps: told.steps, findings: [] }, drift]);
  if (before instanceof Trouble) return together([told, refused(probed, who, before), drift]);
  const after = told.findings.length === 0 ? await list() : before;
  const machines = judge(probed, asked, before, after instanceof Trouble ? before : after);
  const { looksForJob, url, gitlabVersion } = probed;
  const { gitlab, system } = asked;
  const subject = { place: who, url, id, systemId: system.id, gitlabVersion, runner };
  const jobs = looksForJob ? [await lookForJob(subject, gitlab, accessToken)] : [];
  return together([told, machines, drift, ...jobs]);
}

// GitLab refuses the token of a runner that it shows: only the token is not the runner's any more.
const ofOneThatExists = (told: Verified, at: number): Verified => ({
  ...told,
  findings: told.findings.map((finding) => ({
    ...finding,
    ...(finding.rule === 'token-refused' && {
      next: `To get a new token for it: ${newTokenFor(at)}`,
    }),
  })),
});

const newTokenFor = (at: number): string =>
  `runner-setup rotate ${position(at)} --force --access-token-file FILE`;

function troubleOnly(error: unknown): Trouble {
  if (error instanceof Trouble) return error;
  throw error;
}

function withoutId(place: string, at: number, id: number | undefined): Finding {
  const message = 'its runner managers were not checked: its id is missing in config.toml';
  const next = `runner-setup edit ${position(at)} --set id=${id ?? 'NUMBER'}`;
  return { severity: 'note', rule: 'managers', place, message, next };
}

function refused({ url }: GitlabProbe, place: string, error: Trouble): CheckResult {
  const words = `${place}: its runner managers cannot be listed: ${error.message}`;
  return {
    steps: [{ about: url, what: 'system', ok: false, words }],
    findings: [{ severity: 'warning', rule: 'managers', place, ...wordsOf(error) }],
  };
}

function judge(
  { config, url, world }: GitlabProbe,
  { at, system }: Asked,
  before: Manager[],
  after: Manager[],
) {
  const who = whoIs(config, at);
  const isThis = (one: Manager) => one.system_id === system.id;
  const [was, is] = [before.find(isThis), after.find(isThis)];
  const others = before.filter((one) => !isThis(one)).length;
  const count = others === 1 ? '1 other runner manager' : `${others} other runner managers`;
  const words = `${who}: system ID ${was === undefined ? 'new to GitLab' : heard(was)}; ${count}`;
  const { platform, architecture } = infoOf(world, {}, false);
  const message =
    was === undefined || is === undefined ? undefined : differenceOf(was, is, `${platform}/${architecture}`);
  const clone: Finding | undefined =
    message === undefined
      ? undefined
      : {
          severity: 'warning',
          rule: 'system-id',
          place: who,
          message,
          why: 'GitLab shows hosts with the same system ID as one.',
          next: `If this host was cloned, remove the ID on one of them, and then restart gitlab-runner there: ${removeFile(system.file)}`,
        };
  return {
    steps: [{ about: url, what: 'system' as const, ok: clone === undefined, words }],
    findings: clone === undefined ? [] : [clone],
  };
}

function heard({ contacted_at: when, ip_address: from }: Manager): string {
  const date = typeof when === 'string' ? ` on ${harmless(when.slice(0, 10), 10)}` : '';
  return `last seen${date}${typeof from === 'string' ? ` from ${harmless(from, 60)}` : ''}`;
}

function differenceOf(was: Manager, is: Manager, here: string): string | undefined {
  const kind = `${text(was.platform)}/${text(was.architecture)}`;
  if (text(was.platform) !== '' && text(was.architecture) !== '' && kind !== here)
    return `another host (${harmless(kind, 60)}) uses the system ID of this host`;
  const [from, now] = [text(was.ip_address), text(is.ip_address)];
  if (from === '' || now === '' || from === now) return undefined;
  return `system ID was last seen from ${harmless(from, 60)}, and now from ${harmless(now, 60)}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
