import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Keeps a secret that must not be lost in a new file that only its owner can read: beside another file, else in the
 * home folder. Gives the path, or nothing when neither can be written.
 */
export function keepSecret(beside: string, home: string, secret: string): string | undefined {
  for (const folder of [dirname(beside), home]) {
    const file = writeNew(join(folder, `${basename(beside)}.new-token`), `${secret}\n`);
    if (file !== undefined) return file;
  }
  return undefined;
}

function writeNew(path: string, text: string): string | undefined {
  for (let number = 1; number < 1000; number++) {
    const file = number === 1 ? path : `${path}-${number}`;
    try {
      writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return undefined;
    }
  }
  return undefined;
}
