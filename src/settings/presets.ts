import { type Executor, executors } from './executors.ts';

/** The ready settings in templates/, in the order they are shown; one named like its executor is the plain one. */
export const presetNames = [
  'docker',
  'docker-dind',
  'docker-dind-no-tls',
  'docker-dind-rootless',
  'docker-socket',
  'docker-podman',
  'docker-buildah',
  'shell',
  'kubernetes',
  'kubernetes-dind',
  'docker-autoscaler',
  'ssh',
  'custom',
] as const;

export type PresetName = (typeof presetNames)[number];

/** The executor that one of them is for: the longest that its name begins with. */
export const executorOf = (name: PresetName): Executor =>
  executors
    .filter((one) => name === one || name.startsWith(`${one}-`))
    .reduce((a, b) => (a.length > b.length ? a : b));

/** Those that the wizard offers to jobs that build container images. */
export const presetsForBuilds = [
  'docker-dind',
  'docker-dind-rootless',
  'docker-socket',
  'docker-buildah',
] as const satisfies readonly PresetName[];

/** How jobs build images: not at all, or as a preset has it. */
export type ImageBuilds = 'no' | (typeof presetsForBuilds)[number];

/** A key that a preset cannot know the value of: its path below `[[runners]]`, and what a value looks like. */
interface Need {
  readonly path: string;
  readonly example: string;
}

/** What the comment at the top of a preset says of it. */
export interface Header {
  readonly title: string;
  readonly purpose: string;
  readonly risk: string;
  readonly needs: readonly Need[];
  /** The explanation below, a line each. */
  readonly notes: readonly string[];
}

/**
 * Reads the comment at the top of a preset: its title, its purpose, `Risk: …`, a line `Needs: path such as example` for
 * each key that a person has to fill in, and an explanation behind an empty line. Whatever is not there is empty: people write presets, too.
 */
export function headerOf(text: string): Header {
  const lines = commentOf(text);
  const empty = lines.indexOf('');
  const facts = empty < 0 ? lines : lines.slice(0, empty);
  const told = (name: string) =>
    facts.flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []));
  const [title = '', purpose = ''] = facts.filter((line) => !/^(Risk|Needs): /.test(line));
  return {
    title,
    purpose,
    risk: told('Risk')[0] ?? '',
    needs: told('Needs').map((need) => {
      const [path = '', example = ''] = need.split(' such as ');
      return { path, example };
    }),
    notes: empty < 0 ? [] : lines.slice(empty + 1),
  };
}

/** The text of a preset without the comment at its top. */
export const withoutHeader = (text: string): string => text.replace(/^(#.*\r?\n)+(\r?\n)*/, '');

function commentOf(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => line.replace(/^# ?/, '').trimEnd());
}
