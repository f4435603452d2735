import { ask } from './engine.ts';
import type { FoundEngine } from './find.ts';
import { type Version, versionIn } from './image-name.ts';
import { plainName } from './requested-container.ts';

/**
 * The newest version among the tags that are on the machine for the repository of an image, as its tag is written;
 * nothing when no tag names a version.
 */
export async function newestTag(engine: FoundEngine, image: string): Promise<string | undefined> {
  const answer = await ask(engine, ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'], 30);
  if (!('words' in answer)) return undefined;
  const repository = withoutTag(plainName(image));
  const tags = answer.words
    .split('\n')
    .map(plainName)
    .filter((name) => withoutTag(name) === repository)
    .map((name) => name.slice(repository.length + 1));
  return newestOf(tags);
}

const withoutTag = (name: string): string => name.replace(/:[^:/]*$/, '');

/** The tag with the highest version; nothing when none has one. */
export function newestOf(tags: readonly string[]): string | undefined {
  const known = tags.flatMap((tag): [string, Version][] => {
    const version = versionIn(tag);
    return version === undefined ? [] : [[tag, version]];
  });
  return known.sort(([, one], [, other]) => compare(other, one))[0]?.[0];
}

/** Whether a tag names a higher version than some words do; nobody knows when one of them names none. */
export function isNewer(tag: string, than: string): boolean {
  const [one, other] = [versionIn(tag), versionIn(than)];
  return one !== undefined && other !== undefined && compare(one, other) > 0;
}

const compare = (one: Version, other: Version): number =>
  one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
