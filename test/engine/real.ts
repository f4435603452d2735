import { execFileSync } from 'node:child_process';

/** A real engine on this machine, by the program that reaches it, on which a container of gitlab-runner can be run. */
export interface RealEngine {
  readonly program: 'docker' | 'podman';
  readonly version: string;
}

/** The image that a real engine needs to have for the stories: two versions of anything that is called gitlab-runner and stays alive. */
export const realImages = [
  'docker.io/gitlab/gitlab-runner:v19.3.0',
  'docker.io/gitlab/gitlab-runner:v19.4.0',
];

/** The engines of this machine, as PATH and environment offer them, that have the images and can really run a container. */
export function realEngines(): RealEngine[] {
  return (['docker', 'podman'] as const).flatMap((program) => {
    const version = said(program, [
      'version',
      '--format',
      program === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}',
    ]);
    const able =
      version &&
      realImages.every((image) => said(program, ['image', 'inspect', '--format', '{{.Id}}', image]));
    return able && runs(program) ? [{ program, version }] : [];
  });
}

function runs(program: string): boolean {
  return said(program, ['run', '--rm', '--pull', 'never', realImages[0]!, '--version']) !== undefined;
}

/** What the program says; nothing when it is not there or fails. */
export function said(program: string, words: readonly string[]): string | undefined {
  try {
    return execFileSync(program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 60_000,
    }).trim();
  } catch {
    return undefined;
  }
}
