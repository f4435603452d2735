import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const applets = ['cat', 'cp', 'df', 'id', 'ls', 'ps', 'rm', 'sh', 'stat', 'tar'] as const;

// What busybox answers to options of GNU's that it does not know.
const standIn = (applet: string): string => `#!/bin/sh
for word; do
  case "$word" in
    --) break ;;
    --*) echo "${applet}: unrecognized option '$word'" >&2; echo "BusyBox v1.37.0 multi-call binary." >&2; exit 1 ;;
  esac
done
exec /bin/${applet} "$@"
`;

/** The busybox of this machine; nothing where it has none. */
const here = ['/bin', ...(process.env.PATH ?? '').split(delimiter)]
  .map((folder) => join(folder, 'busybox'))
  .find((file) => existsSync(file));

/** The ways to have programs of busybox here: stand-ins, and the real ones where this machine has them. */
export const busyboxes: readonly (string | undefined)[] = [undefined, ...(here === undefined ? [] : [here])];

/** Makes a folder that has the programs of a busybox and nothing of GNU: links to it, or stand-ins. */
export function busyboxIn(folder: string, busybox: string | undefined): string {
  mkdirSync(folder, { recursive: true });
  for (const applet of applets) {
    const file = join(folder, applet);
    if (busybox !== undefined) symlinkSync(busybox, file);
    else writeFileSync(file, standIn(applet), { mode: 0o755 });
  }
  return folder;
}
