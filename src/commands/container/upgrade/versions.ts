import { dirname, join } from 'node:path';
import { hideTokens, readChecked } from '../../../app/config-file.ts';
import { askGitlab, connectionOf } from '../../../app/connection.ts';
import { accessTokenOf } from '../../../app/invocation.ts';
import { textIn } from '../../../config/model.ts';
import { readFound } from '../../../config/read-file.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import { type Container, configTarget, type Image } from '../../../engine/container.ts';
import { type Version, versionIn } from '../../../engine/image-name.ts';
import { Trouble } from '../../../errors.ts';
import { skewToGitlab, stepWords } from '../../../runner/version-skew.ts';
import type { ContainerContext } from '../context.ts';

/** Warns about the step from one version to the other and about the distance to GitLab, as far as the versions are known. */
export async function compareVersions(
  context: ContainerContext,
  old: Container,
  image: Image,
): Promise<void> {
  const { say } = context;
  const from = versionIn(tagOf(old.settings.image));
  const to = image.tags.map((tag) => versionIn(tagOf(tag))).find(Boolean) ?? versionIn(labelled(image));
  if (to === undefined) return say.detail('The version of the new image is unknown.');
  if (from !== undefined) for (const words of stepWords(from, to)) say.note(words);
  const gitlab = await gitlabVersion(context, old);
  const distance = gitlab === undefined ? undefined : skewToGitlab(to, gitlab);
  if (distance?.notable) say.warn(distance.words);
  else if (distance) say.note(distance.words);
}

const tagOf = (image: string): string => /:([\w.-]+)(?:@|$)/.exec(image)?.[1] ?? '';

const labelled = ({ labels }: Image): string | undefined =>
  labels['org.opencontainers.image.version'] ?? labels.version;

// Only an access token opens the version of GitLab, and only the config says which GitLab: without them it is not known.
async function gitlabVersion(context: ContainerContext, old: Container): Promise<Version | undefined> {
  const { world, say, verbFlags } = context;
  const token = accessTokenOf({ world, say, verbFlags });
  const path = configPlace(old)?.file;
  if (token === undefined || path === undefined) return undefined;
  try {
    const { text } = readFound(path);
    const config = text === undefined ? undefined : await readChecked(text, path);
    hideTokens(say, config);
    const runner = config?.runners[0];
    if (runner === undefined) return undefined;
    const settings = certificatesOf(textIn(runner, 'tls-ca-file'), dirname(path));
    const connection = connectionOf(
      { world, say, path, settings },
      { at: 0, runner },
      AbortSignal.timeout(15_000),
    );
    return await askGitlab(context, 'Asking GitLab for its version', connection, async (gitlab) =>
      versionIn(await gitlab.version(token)),
    );
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say.note(`The GitLab version is unknown: ${error.message}`);
    return undefined;
  }
}

// The file is named as the container sees it.
function certificatesOf(file: string, folder: string): { tlsCaFile?: string } {
  if (!file.startsWith(`${configTarget}/`)) return {};
  return { tlsCaFile: join(folder, file.slice(configTarget.length)) };
}
