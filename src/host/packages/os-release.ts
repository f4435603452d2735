/** The value of a key in the text of an os-release file; an empty one where it has none. */
export const valueIn = (osRelease: string | undefined, key: string): string =>
  new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease ?? '')?.[1] ?? '';

/** The IDs of a distribution and of those it is like, its own first. */
export const idsIn = (osRelease: string | undefined): string[] => [
  valueIn(osRelease, 'ID'),
  ...valueIn(osRelease, 'ID_LIKE').split(' '),
];
