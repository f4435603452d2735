/** What says in a maintenance note of GitLab that `apply` made the runner, from which key, and for which host. */
export interface Marker {
  readonly key: string;
  readonly host: string;
}

/** A maintenance note with the line of the marker at its end, in place of one that it has. */
export function markedNote(note: string, { key, host }: Marker): string {
  const own = noteWithoutMarker(note);
  return `${own === '' ? '' : `${own}\n`}runner-setup: key=${key} host=${host}`;
}

/** The marker in a maintenance note; nothing when it has none. */
export function markerIn(note: unknown): Marker | undefined {
  const found = typeof note === 'string' ? line.exec(note) : null;
  return found === null ? undefined : { key: found[1]!, host: found[2]! };
}

/** A maintenance note as people wrote it. */
export const noteWithoutMarker = (note: string): string => note.replace(line, '').trimEnd();

const line = /^runner-setup: key=(\S+) host=(\S+)[ \t]*(?:\n|$)/m;
