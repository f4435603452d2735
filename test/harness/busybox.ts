import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const applets = ['cat', 'cp', 'df', 'id', 'ls', 'ps', 'rm', 'sh', 'stat', 'tar'] as const;

// What busybox answers to options of GNU's that it does not know, where this machine has no busybox.
const standIn = (applet: string): string => `#!/bin/sh
for word; do
  case "$word" in
    --) break ;;
    --*) echo "${applet}: unrecognized option '$word'" >&2; echo "BusyBox v1.37.0 multi-call binary." >&2; exit 1 ;;
  esac
done
exec /bin/${applet} "$@"
`;

/** Makes a folder that has the programs of busybox and nothing of GNU: links to this machine's busybox, else stand-ins. */
export function busyboxIn(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const busybox = ['/bin', ...(process.env.PATH ?? '').split(delimiter)]
    .map((one) => join(one, 'busybox'))
    .find((file) => existsSync(file));
  for (const applet of applets) {
    const file = join(folder, applet);
    if (busybox !== undefined) symlinkSync(busybox, file);
    else {
      writeFileSync(file, standIn(applet));
      chmodSync(file, 0o755);
    }
  }
  return folder;
}
