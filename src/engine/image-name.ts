import { exitCode, Trouble } from '../errors.ts';
import { followedTag } from '../text/gitlab-runner.ts';

/** The name of an image in its parts. */
interface ImageName {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Takes the name of an image apart; nothing when it is only the id of one. */
export function readImageName(image: string): ImageName | undefined {
  if (/^(sha256:)?[0-9a-f]{12,64}$/.test(image) && !image.includes('/')) return undefined;
  const [, repository = image, tag, digest] = /^(.+?)(?::([\w.-]+))?(?:@(.+))?$/.exec(image) ?? [];
  return { repository, tag, digest };
}

/**
 * The image that an upgrade is to: `to` is a tag of the image in use, a bare version (its tag as GitLab names them, of
 * the same flavour) or a whole image; without it the same tag again. Throws when that says nothing.
 */
export function imageAfter(inUse: string, to: string | undefined): string {
  if (to !== undefined && /[/:@]/.test(to)) return to;
  const name = readImageName(inUse);
  if (name === undefined) {
    throw new Trouble(`The container was created from the image ID ${inUse}, so its tag is unknown.`, {
      hint: `Use a full image name: --to gitlab/gitlab-runner:${followedTag}`,
      code: exitCode.usage,
    });
  }
  if (to !== undefined) return `${name.repository}:${tagFor(to, name)}`;
  if (name.digest === undefined) return `${name.repository}:${name.tag ?? 'latest'}`;
  throw new Trouble(`The image of the container is pinned by digest: ${inUse}`, {
    why: 'A digest always refers to the same image, so there is no newer one to pull.',
    hint: `Use a tag: --to ${followedTag}`,
    code: exitCode.usage,
  });
}

// GitLab's tags are v19.4.0, alpine-v19.4.0, ubi-fips-v19.4.0 and so on.
function tagFor(to: string, { tag = '' }: ImageName): string {
  if (!/^\d+\.\d+\.\d+$/.test(to)) return to;
  const flavour =
    /^(.+-)(?:v\d|latest)/.exec(tag)?.[1] ?? (/^(alpine|ubuntu|ubi-fips)/.test(tag) ? `${tag}-` : '');
  return `${flavour}v${to}`;
}

/** A version as people write it: major, minor and patch. */
export type Version = readonly [major: number, minor: number, patch: number];

/** The version in a tag or in what a program says of itself, one with a patch before others; nothing when there is none. */
export function versionIn(text: string | undefined): Version | undefined {
  const all = [...(text ?? '').matchAll(/(?<![\d.])(\d{1,3})\.(\d{1,3})(?:\.(\d{1,4}))?(?![\d.])/g)];
  const found = all.find(([, , , patch]) => patch !== undefined) ?? all.at(-1);
  return found && [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}
