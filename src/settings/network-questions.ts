import { usesDocker } from './executors.ts';
import { yesNo } from './kinds.ts';
import type { Question, WizardState } from './questions.ts';
import { type SettingName, type Settings, table } from './table.ts';

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

/** The volume that hands the CA of GitLab to the jobs. */
export interface HandedCa {
  readonly volume: string;
  /** What has to be said of its path; empty when it is as it seems. */
  readonly remark: string;
  isHanded(volumes: readonly string[]): boolean;
}

const isLocal = ({ settings, facts }: WizardState) =>
  usesDocker(settings.executor) && facts.localHost !== undefined;

const isItself = (known: WizardState) => isLocal(known) && known.facts.localHost?.isMachine === true;

function wordsOnOutside({ facts: { outside } }: WizardState): string {
  const doubt = outside?.isKnown ? '' : '; its name is not known on this machine';
  return `GitLab goes by ${outside?.url}, and jobs clone from there${doubt}.`;
}

const about = (name: SettingName) => ({ name, kind: table[name].kind, required: false });

/** How jobs reach a GitLab that this machine knows otherwise than containers do. */
export const reachQuestions: readonly Question[] = [
  {
    ...about('cloneUrl'),
    ask: 'Address that jobs clone from (empty: as GitLab says)',
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
    ask: 'Hosts to tell the jobs (NAME:IP, separated by blanks)',
    before: ({ facts }) => (facts.localHost?.isMachine ? undefined : facts.localHost?.words),
    when: isLocal,
    usual({ facts, settings }) {
      const entry = facts.localHost?.proposed(settings).entry;
      return entry === undefined ? undefined : [entry];
    },
  },
  {
    ...about('dockerDns'),
    ask: 'DNS servers for the jobs (empty: as Docker has them)',
    before: ({ facts }) => `this machine asks ${facts.localHost?.servers?.join(', ')}.`,
    when: (known) => isLocal(known) && (known.facts.localHost?.servers ?? []).length > 0,
    usual: () => undefined,
  },
  {
    name: 'tryInside',
    ask: 'Look it up in a container of the default image now?',
    kind: yesNo(),
    required: false,
    when: (known) => isLocal(known) && known.settings.executor === 'docker' && known.facts.hasEngine === true,
    usual: () => true,
  },
  {
    name: 'caForJobs',
    ask: "Hand GitLab's certificate to the jobs' helper image, too?",
    kind: yesNo(),
    required: false,
    before: ({ facts }) => facts.ca?.remark || undefined,
    when: ({ facts, settings }) =>
      settings.executor === 'docker' && facts.ca?.isHanded(settings.dockerVolumes ?? []) === false,
    usual: () => true,
  },
];
