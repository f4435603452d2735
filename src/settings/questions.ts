import { newAccessTokenPage, newRunnerPages, type PageOwner } from '../text/gitlab-pages.ts';
import type { Credential, TokenKind } from './credential.ts';
import { defaultImage, defaultWindowsImage, executorLines, executors, usesDocker } from './executors.ts';
import { choice, type Kind, Unfit, type Value, yesNo } from './kinds.ts';
import { type ImageBuilds, presetsForBuilds } from './presets.ts';
import { type SettingName, type Settings, settingNames, table } from './table.ts';

/** What the wizard asks beyond the settings: each is settled into settings as soon as it is answered. */
export interface WizardOnly {
  /** A token whose prefix tells nothing, until its kind is known. */
  typedToken?: string;
  imageBuilds?: ImageBuilds;
  /** Whether jobs are to trust the CA of GitLab. */
  jobsTrustCa?: boolean;
  /** Whether GitLab's name was looked up in a container. */
  tryInside?: boolean;
}

/** What is known while questions are asked. */
export interface WizardState {
  readonly settings: Settings;
  readonly asides: WizardOnly;
  readonly credential: Credential | undefined;
  readonly facts: Facts;
}

/** What the host and the file tell, for proposals. */
export interface Facts {
  readonly hostname: string;
  readonly concurrent: number | undefined;
  /** The URL of the runners in config.toml, where all of them are at one GitLab. */
  readonly gitlab?: string | undefined;
  readonly cpus: number;
  /** Set when the GitLab host is known to this machine otherwise than to containers. */
  readonly localHost?: LocalHost;
  /** The group or project whose page was pasted as the address. */
  readonly page?: PageOwner;
  /** Set when GitLab goes by another address than it was given. */
  readonly outside?: OutsideName;
  /** Set when GitLab's certificate is trusted by a file that jobs do not have. */
  readonly ca?: HandedCa;
  /** Whether a container can be run here with the settings of now. */
  readonly hasEngine?: boolean;
  /** `false` when the access token is known to lack the scope that looks up a group or project by its path. */
  readonly readsPaths?: boolean | undefined;
  /** The ways in which jobs can build images. */
  readonly builds: readonly Choice[];
  /** The settings that a preset cannot know, with what each looks like. */
  readonly needed: ReadonlyMap<SettingName, string>;
  /** Where Podman usually listens for this user. */
  readonly podman: string;
}

interface Choice {
  readonly value: string;
  readonly name: string;
  readonly line: string;
}

type AsideName = 'tokenKind' | 'imageBuilds' | 'jobsTrustCa' | 'tryInside';

export type QuestionName = SettingName | AsideName;

/** Whether a question is none about a setting. */
export const isAside = (name: QuestionName): name is AsideName => !Object.hasOwn(table, name);

/** One question of the wizard, as data; what it asks and how words are read comes from the setting's row. */
export interface Question {
  readonly name: QuestionName;
  readonly ask: string;
  readonly kind: Kind;
  readonly required: boolean;
  readonly choices?: readonly Choice[];
  /**
   * What is looked at once it is answered: the GitLab of an `address`, the `token`, the `owner` in GitLab, the container
   * `engine` of this machine, the way to build images (`builds`), or GitLab from `inside` a container.
   */
  readonly look?: 'address' | 'token' | 'owner' | 'engine' | 'builds' | 'inside';
  /** The question that is asked again when the answer to this one changes. */
  readonly leadsTo?: QuestionName;
  /** How it is asked by what is known. */
  as?(known: WizardState): { ask?: string; required?: true; choices?: readonly Choice[]; kind?: Kind };
  /** What is said before it is asked. */
  before?(known: WizardState): string | undefined;
  when(known: WizardState): boolean;
  usual(known: WizardState): Value | undefined;
}

interface Extra {
  required?: boolean;
  look?: Question['look'];
  ask?: string;
  choices?: Question['choices'];
  before?(known: WizardState): string | undefined;
  when?(known: WizardState): boolean;
  usual?(known: WizardState): Value | undefined;
}

const by = (kind: TokenKind) => (known: WizardState) => known.credential?.kind === kind;
const made = (known: WizardState) =>
  known.credential !== undefined && known.credential.kind !== 'authentication';
const runs =
  (...wanted: string[]) =>
  (known: WizardState) =>
    wanted.includes(known.settings.executor ?? '');
const inDocker = (known: WizardState) => usesDocker(known.settings.executor);
const ofType = (type: string) => (known: WizardState) =>
  by('access')(known) && known.settings.runnerType === type;
const usualImage = (known: WizardState) =>
  runs('docker-windows')(known) ? defaultWindowsImage : defaultImage;
const scales = runs('docker-autoscaler', 'instance');

function setting(name: SettingName, extra: Extra = {}): Question {
  const row = table[name];
  return {
    name,
    ask: row.ask ?? row.flag,
    kind: row.kind,
    required: false,
    when: () => true,
    usual: () => undefined,
    as({ facts }) {
      const example = facts.needed.get(name);
      if (example === undefined) return {};
      const ask = extra.ask ?? row.ask ?? row.flag;
      const isShown = extra.usual !== undefined || ask.includes('such as');
      return { ask: isShown ? ask : `${ask} (such as ${example})`, required: true };
    },
    ...extra,
  };
}

const lines = (of: Readonly<Record<string, string>>, order: readonly string[] = Object.keys(of)) =>
  order.map((value) => ({ value, name: value, line: of[value] ?? '' }));

const tokenKindQuestion: Question = {
  name: 'tokenKind',
  look: 'token',
  ask: 'What kind of token is it?',
  kind: choice(['authentication', 'registration', 'access']),
  required: true,
  choices: lines({
    authentication: 'for a runner that exists in GitLab',
    registration: 'deprecated; from the CI/CD settings',
    access: 'of a user, group, or project',
  }),
  when: (known) => known.credential === undefined && known.asides.typedToken !== undefined,
  usual: () => undefined,
};

const buildsQuestion: Question = {
  name: 'imageBuilds',
  look: 'builds',
  ask: 'Do jobs build container images?',
  kind: choice(['no', ...presetsForBuilds]),
  required: true,
  choices: [],
  as: ({ facts }) => ({ choices: facts.builds }),
  when: (known) =>
    known.settings.preset === undefined &&
    runs('docker', 'docker-autoscaler', 'docker+machine')(known) &&
    known.settings.dockerPrivileged === undefined &&
    known.settings.dockerServicesPrivileged === undefined,
  usual: () => 'no',
};

/** The group or project of a new runner: only by its ID where the token cannot look up a path. */
function owner(name: 'group' | 'project', title: string): Question {
  const { kind } = table[name];
  const read = (words: readonly string[]) => {
    if (/^\d+$/.test(words.at(-1)?.trim() ?? '')) return kind.read(words);
    throw new Unfit(`the ${name} ID, which is a number`);
  };
  const why = `the token cannot look up a path, because the scope read_api is missing. The ID is on the start page of the ${name}, or in its menu (⋮).`;
  return {
    ...setting(name, { required: true, look: 'owner', when: ofType(name) }),
    before: ({ facts }) => (facts.readsPaths === false ? why : undefined),
    as: ({ facts }) => (facts.readsPaths === false ? { ask: `${title} ID`, kind: { ...kind, read } } : {}),
  };
}

const isNeeded =
  (name: SettingName) =>
  ({ facts }: WizardState) =>
    facts.needed.has(name);

const isLocal = ({ settings, facts }: WizardState) =>
  usesDocker(settings.executor) && facts.localHost !== undefined;

const isItself = (known: WizardState) => isLocal(known) && known.facts.localHost?.isMachine === true;

const about = (name: SettingName) => ({ name, kind: table[name].kind, required: false });

/** How jobs reach a GitLab that this machine knows otherwise than containers do. */
const reachQuestions: readonly Question[] = [
  {
    ...about('cloneUrl'),
    ask: 'Clone URL for jobs (leave empty to use the URL that GitLab reports)',
    before: (known) => (isItself(known) ? known.facts.localHost?.words : wordsOnOutside(known)),
    when: (known) => isItself(known) || known.facts.outside !== undefined,
    usual(known) {
      const { facts, settings } = known;
      if (isItself(known)) return facts.localHost?.proposed(settings).cloneUrl;
      return facts.outside?.isKnown ? undefined : settings.url;
    },
  },
  {
    ...about('dockerExtraHosts'),
    look: 'engine',
    leadsTo: 'tryInside',
    ask: 'Extra hosts for jobs (NAME:IP, space-separated)',
    before: ({ facts }) => (facts.localHost?.isMachine ? undefined : facts.localHost?.words),
    when: isLocal,
    usual({ facts, settings }) {
      const entry = facts.localHost?.proposed(settings).entry;
      return entry === undefined ? undefined : [entry];
    },
  },
  {
    ...about('dockerDns'),
    ask: 'DNS servers for jobs (leave empty to use the servers of Docker)',
    before: ({ facts }) => `this machine uses the DNS servers ${facts.localHost?.servers?.join(', ')}.`,
    when: (known) => isLocal(known) && (known.facts.localHost?.servers ?? []).length > 0,
    usual: () => undefined,
  },
  {
    name: 'tryInside',
    look: 'inside',
    leadsTo: 'dockerExtraHosts',
    ask: 'Test the host names in a container of the default image?',
    kind: yesNo(),
    required: false,
    when: (known) => isLocal(known) && known.settings.executor === 'docker' && known.facts.hasEngine === true,
    usual: () => true,
  },
  {
    name: 'jobsTrustCa',
    ask: "Make jobs trust GitLab's CA certificate, too?",
    kind: yesNo(),
    required: false,
    before: ({ facts }) => facts.ca?.remark || undefined,
    when: ({ facts, settings }) =>
      settings.executor === 'docker' &&
      settings.caForJobs === undefined &&
      facts.ca?.isHanded(settings.dockerVolumes ?? []) === false,
    usual: () => true,
  },
];

const everyday: readonly Question[] = [
  setting('url', {
    required: true,
    look: 'address',
    usual: ({ facts }) => facts.gitlab ?? 'https://gitlab.com',
  }),
  setting('token', {
    look: 'token',
    required: true,
    ask: 'Token (glrt-…, glpat-…, or a registration token)',
    before: tokenPages,
    when: (known) => known.credential === undefined && known.asides.typedToken === undefined,
  }),
  tokenKindQuestion,
  setting('runnerType', {
    required: true,
    when: by('access'),
    usual: ({ settings }) => (settings.group === undefined ? 'project' : 'group'),
    choices: lines({
      project: 'jobs of one project',
      group: 'jobs of a group and its projects',
      instance: 'jobs of all projects (administrators only)',
    }),
  }),
  owner('group', 'Group'),
  owner('project', 'Project'),
  setting('description', { required: true, usual: (known) => known.facts.hostname }),
  setting('tagList', { when: made }),
  setting('runUntagged', {
    when: (known) => by('access')(known) && (known.settings.tagList ?? '') !== '',
    usual: () => false,
  }),
  setting('locked', { when: ofType('project'), usual: () => false }),
  setting('maximumTimeout', {
    when: by('access'),
    usual: () => 0,
    ask: 'Maximum job timeout in seconds (0 = project default)',
  }),
  setting('maintenanceNote', { when: by('registration') }),
  setting('executor', { required: true, usual: () => 'docker', choices: lines(executorLines, executors) }),
  setting('dockerImage', { required: true, when: inDocker, usual: usualImage }),
  buildsQuestion,
  setting('accessLevel', {
    when: by('access'),
    before: riskOfJobs,
    usual: () => 'not_protected',
    choices: [
      { value: 'not_protected', name: 'no', line: 'jobs from all branches and tags' },
      { value: 'ref_protected', name: 'yes', line: 'jobs from protected branches and tags only' },
    ],
  }),
  setting('dockerVolumes', {
    when: inDocker,
    ask: 'Extra volumes, space-separated (such as /srv/data:/data:ro)',
  }),
  setting('dockerPullPolicy', {
    when: inDocker,
    usual: () => 'always',
    choices: lines({
      always: 'pull for each job',
      'if-not-present': 'pull if the image is missing; unsafe with private images',
      never: 'use local images only',
    }),
  }),
  setting('dockerHost', {
    when: isNeeded('dockerHost'),
    ask: 'Container engine socket',
    usual: ({ facts }) => facts.podman,
  }),
  ...reachQuestions,
  setting('parallelsBaseName', { required: true, when: runs('parallels') }),
  setting('virtualboxBaseName', { required: true, when: runs('virtualbox') }),
  setting('sshHost', { required: true, when: runs('ssh', 'parallels') }),
  setting('sshPort', { when: runs('ssh', 'parallels'), usual: () => '22' }),
  setting('sshUser', { required: true, when: runs('ssh', 'virtualbox') }),
  setting('sshPassword', { when: runs('ssh', 'virtualbox'), ask: 'SSH password (leave empty to use a key)' }),
  setting('sshIdentityFile', { when: runs('ssh', 'virtualbox') }),
  setting('kubernetesNamespace', { when: runs('kubernetes'), usual: () => 'default' }),
  setting('kubernetesImage', { required: true, when: runs('kubernetes'), usual: () => defaultImage }),
  setting('customRunExec', { required: true, when: runs('custom') }),
  setting('autoscalerPlugin', { required: true, when: scales }),
  setting('autoscalerPluginConfig', { when: scales }),
  setting('autoscalerMaxInstances', { when: scales, usual: () => 5 }),
  setting('autoscalerCapacityPerInstance', { when: scales, usual: () => 1 }),
  setting('autoscalerUsername', { when: scales }),
];

// What only a preset can want is asked when one does: keys of the block that nobody is asked for otherwise.
const others = settingNames.filter(
  (name) => table[name].toml !== undefined && !everyday.some((one) => one.name === name),
);

/** The wizard's questions in the order they are asked. */
export const questions: readonly Question[] = [
  ...everyday,
  ...others.map((name) => setting(name, { when: isNeeded(name) })),
  setting('concurrent', { usual: ({ facts }) => facts.concurrent ?? Math.max(1, facts.cpus) }),
];

/** A GitLab host that containers do not know, or know otherwise. */
export interface LocalHost {
  /** What a person should know of it, as a sentence. */
  readonly words: string;
  /** Whether it is this machine, which in a container is the container itself. */
  readonly isMachine: boolean;
  /** What is proposed to tell the jobs: `host:ip`, and the address to clone from; nothing when that is seldom needed. */
  proposed(settings: Settings): {
    readonly entry?: string | undefined;
    readonly cloneUrl?: string | undefined;
  };
  /** DNS servers of this machine that may know it where containers ask others; absent when DNS does not know it. */
  readonly servers?: readonly string[];
}

/** The address that GitLab goes by, where it is another one than the runner was given. */
export interface OutsideName {
  readonly url: string;
  /** Whether its name is known here. */
  readonly isKnown: boolean;
}

/** The CA of GitLab, as it may be handed to the jobs. */
export interface HandedCa {
  /** What has to be said of its path; empty when it is as it seems. */
  readonly remark: string;
  isHanded(volumes: readonly string[]): boolean;
}

// Who may push a branch decides what runs; that is worth knowing before it is asked.
function riskOfJobs({ settings, asides }: WizardState): string | undefined {
  const { imageBuilds } = asides;
  const isRoot =
    settings.dockerPrivileged === true || imageBuilds === 'docker-dind' || imageBuilds === 'docker-socket';
  if (isRoot) return 'with these settings, every job can become root on this host.';
  if (settings.executor === 'shell') return "shell jobs run on this host with the runner's permissions.";
  return undefined;
}

// The pages where a token is made, each on a line of its own so that it can be opened from the terminal.
function tokenPages({ settings, facts }: WizardState): string | undefined {
  const { url, runnerType, group, project } = settings;
  if (url === undefined) return undefined;
  const given = { type: runnerType ?? (group ? 'group' : project && 'project'), path: group ?? project };
  const runners = newRunnerPages(url, given.type === undefined ? (facts.page ?? {}) : given);
  const pages = [...runners, ['access token', newAccessTokenPage(url)] as const];
  const width = Math.max(...pages.map(([label]) => label.length));
  return ['Create a token here:', ...pages.map(([label, page]) => `  ${label.padEnd(width)}  ${page}`)].join(
    '\n',
  );
}

function wordsOnOutside({ facts: { outside } }: WizardState): string {
  const doubt = outside?.isKnown ? '' : ', but this machine cannot resolve that name';
  return `jobs clone from ${outside?.url} (GitLab's external URL)${doubt}.`;
}
