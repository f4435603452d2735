import { exitCode, Trouble } from '../errors.ts';
import { type Credential, isCreatedRunnerToken, visibleWords } from './credential.ts';
import { appliesTo } from './executors.ts';
import type { Gathered } from './gather.ts';
import { doubleMounts } from './syntax.ts';
import { groupOf, type SettingName, type Settings, settingNames, table } from './table.ts';

/** The settings that each executor cannot start without; the first eight rows are what gitlab-runner's register asks for. */
const needs: Readonly<Record<string, readonly SettingName[]>> = {
  docker: ['dockerImage'],
  'docker-autoscaler': ['dockerImage'],
  'docker-windows': ['dockerImage'],
  'docker+machine': ['dockerImage'],
  ssh: ['sshHost', 'sshUser'],
  parallels: ['parallelsBaseName', 'sshHost'],
  virtualbox: ['virtualboxBaseName', 'sshUser'],
};

/** What a job cannot run without besides, where register lets it be left out, as gitlab-runner's does. */
const neededByJobs: Readonly<Record<string, readonly SettingName[]>> = {
  ssh: needs.ssh!,
  parallels: needs.parallels!,
  virtualbox: needs.virtualbox!,
  custom: ['customRunExec'],
  'docker+machine': ['machineMachineDriver', 'machineMachineName'],
  'docker-autoscaler': ['autoscalerPlugin'],
  instance: ['autoscalerPlugin'],
};

/** The keys below a runner, as dotted paths, that its executor cannot run a job without; a default image is no such key. */
export const keysForJobs = (executor: string): string[] =>
  Object.hasOwn(neededByJobs, executor) ? neededByJobs[executor]!.map((name) => table[name].toml!) : [];

/** The settings that registration still lacks, in the order they would be asked; `needed` are those that a preset wants besides. */
export function missing(
  settings: Settings,
  credential: Credential | undefined,
  needed: readonly SettingName[] = [],
): SettingName[] {
  const lacks = (name: SettingName) => settings[name] === undefined || settings[name] === '';
  const wanted: SettingName[] = ['url'];
  if (credential === undefined) wanted.push('token');
  if (credential?.kind === 'access') wanted.push(...ownerOf(settings));
  wanted.push('executor', ...neededBy(settings.executor ?? ''), ...needed);
  return [...new Set(wanted)].filter(lacks);
}

const neededBy = (executor: string): readonly SettingName[] =>
  Object.hasOwn(needs, executor) ? needs[executor]! : [];

function ownerOf(settings: Settings): SettingName[] {
  if (settings.runnerType === 'group') return ['runnerType', 'group'];
  if (settings.runnerType === 'project') return ['runnerType', 'project'];
  return ['runnerType'];
}

/** Refuses settings that contradict each other or that GitLab would refuse; throws one `Trouble` with all of them. */
export function checkTogether(known: Gathered, credential: Credential | undefined): void {
  const wrong = [
    ...limitsOfGitlab(known, credential),
    ...pairs(known.settings),
    ...mountedTwice(known),
    ...(credential === undefined ? [] : keptByGitlab(known, credential)),
  ];
  if (wrong.length > 0) throw new Trouble(wrong.join('\n'), { code: exitCode.usage });
}

/** What a question asks for, without its advice on how to answer. */
export const labelOf = (ask: string): string => ask.replace(/ \(.*\)$|, \w+-separated.*$|\?$/g, '');

// Who answered a question has not typed the flag.
function called({ sources }: Gathered, name: SettingName): string {
  const { ask, flag } = table[name];
  return sources.get(name) === 'answer' && ask !== undefined
    ? labelOf(ask).replace(/ in seconds$/, '')
    : flag;
}

// The limits are GitLab's own (its runner model); found out here, they cost no request.
function* limitsOfGitlab(known: Gathered, credential: Credential | undefined) {
  const { settings } = known;
  const tags = tagsOf(settings);
  const tagList = called(known, 'tagList');
  if (tags.length > 50) yield `${tagList} has ${tags.length} tags, but GitLab allows at most 50.`;
  for (const tag of tags)
    if (tag.length > 255) yield `${tagList}: the tag "${tag.slice(0, 20)}…" is longer than 255 characters.`;
  for (const name of ['description', 'maintenanceNote'] as const)
    if ((settings[name] ?? '').length > 1024) yield `${called(known, name)} is longer than 1024 characters.`;
  const timeout = settings.maximumTimeout ?? 0;
  if (timeout !== 0 && timeout < 600)
    yield `${called(known, 'maximumTimeout')} is ${timeout} seconds, but GitLab requires at least 600 seconds (10 minutes).`;
  const made = credential !== undefined && credential.kind !== 'authentication';
  if (made && settings.runUntagged === false && tags.length === 0 && credential.kind === 'access') {
    yield '--run-untagged=false requires --tag-list. Otherwise, the runner never gets a job.';
  }
}

function* pairs(settings: Settings) {
  if ((settings.tlsCertFile === undefined) !== (settings.tlsKeyFile === undefined)) {
    yield '--tls-cert-file and --tls-key-file must be used together.';
  }
  if (settings.group !== undefined && settings.runnerType !== undefined && settings.runnerType !== 'group') {
    yield `--group cannot be combined with --runner-type ${settings.runnerType}.`;
  }
  if (
    settings.project !== undefined &&
    settings.runnerType !== undefined &&
    settings.runnerType !== 'project'
  ) {
    yield `--project cannot be combined with --runner-type ${settings.runnerType}.`;
  }
}

function* mountedTwice(known: Gathered) {
  for (const { before, volume, target } of doubleMounts(known.settings.dockerVolumes ?? []))
    yield `${called(known, 'dockerVolumes')}: "${before}" and "${volume}" mount the same path ${target}.`;
}

/**
 * With a runner that was created in GitLab, GitLab keeps its tags and the like; gitlab-runner refuses them with
 * `--token` and ignores them with `--registration-token`. A value that says the default is no contradiction.
 */
function* keptByGitlab({ settings }: Gathered, credential: Credential) {
  if (credential.kind !== 'authentication' || credential.by !== 'token') return;
  if (!isCreatedRunnerToken(credential.token)) return;
  for (const name of touchedAtGitlab(settings)) {
    yield `${table[name].flag} cannot be used with an authentication token, because GitLab stores this setting. Change it in GitLab, or create the runner with --access-token.`;
  }
}

const gitlabDefaults: Partial<Record<SettingName, unknown>> = {
  locked: true,
  runUntagged: false,
  accessLevel: '',
  maximumTimeout: 0,
  paused: false,
  tagList: '',
  maintenanceNote: '',
};

/** The settings kept at GitLab that differ from gitlab-runner's defaults. */
function touchedAtGitlab(settings: Settings): SettingName[] {
  return (Object.keys(gitlabDefaults) as SettingName[]).filter(
    (name) => settings[name] !== undefined && settings[name] !== gitlabDefaults[name],
  );
}

/** The settings given that GitLab keeps with a runner, beside its description. */
export const keptNames = ({ settings, sources }: Gathered): SettingName[] =>
  (Object.keys(gitlabDefaults) as SettingName[]).filter(
    (name) => settings[name] !== undefined && sources.get(name) !== 'default',
  );

/** The tags of a comma-separated tag list, as GitLab cuts it. */
export const tagsOf = (settings: Settings): string[] =>
  (settings.tagList ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');

/** What a person should know before the runner is registered with these settings, one sentence each. */
export function warningsFor(known: Gathered, credential: Credential | undefined): string[] {
  return [...withoutEffect(known), ...unwise(known.settings), ...ignoredAtGitlab(known.settings, credential)];
}

// What gitlab-runner takes, and few can mean.
function* unwise(settings: Settings) {
  for (const name of settingNames) {
    const { flag, kind } = table[name];
    const value = settings[name];
    if (kind.belowZero !== undefined && typeof value === 'number' && value < 0)
      yield `${flag} ${value}: gitlab-runner treats a negative number as 0.`;
    if (kind.belowZero !== undefined && value === Number.MAX_SAFE_INTEGER)
      yield `${flag}: the value was reduced to the largest supported number, ${value}.`;
    if (kind.syntax === 'clone-url' && typeof value === 'string' && value !== '' && !value.includes('://'))
      yield `${flag} ${value} has no scheme, so Git treats it as a folder. Use https://${value}`;
  }
}

function* withoutEffect({ settings, sources }: Gathered) {
  const { executor } = settings;
  if (executor === undefined) return;
  const idle = settingNames.filter((name) => {
    const path = table[name].toml;
    return sources.get(name) === 'flag' && path !== undefined && !appliesTo(path, executor);
  });
  if (idle.length > 0)
    yield `no effect with the executor ${executor}: ${idle.map((name) => table[name].flag).join(', ')}.`;
}

function* ignoredAtGitlab(settings: Settings, credential: Credential | undefined) {
  if (credential?.kind !== 'authentication') return;
  const touched = touchedAtGitlab(settings);
  if (touched.length === 0) return;
  yield `ignored, because GitLab stores these settings: ${touched.map((name) => table[name].flag).join(', ')}.`;
}

/** A note on secrets that stand in the arguments, where others can see them; nothing when none do. */
export function visibleSecrets(
  { settings, sources }: Gathered,
  credential: Credential | undefined,
): string | undefined {
  const names = settingNames.filter(
    (name) =>
      table[name].kind.name === 'secret' && sources.get(name) === 'flag' && settings[name] !== undefined,
  );
  if (names.length === 0) return undefined;
  const flags = names.map((name) => table[name].flag);
  if (credential === undefined || !names.includes(credential.by)) return visibleWords(flags);
  const files = credential.by === 'accessToken' ? '--access-token-file' : '--token-file, --token-stdin';
  return visibleWords(flags, `${files} or the environment`);
}

/** Whether a setting is sent to GitLab rather than written into the file. */
export const livesAtGitlab = (name: SettingName): boolean =>
  groupOf(name) === 'gitlab' && table[name].toml === undefined;
