import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Trouble } from '../errors.ts';

/** As many as Linux follows. */
const mostLinks = 40;

/**
 * Where a path of the system with this root folder is on this machine: its links are followed as the system itself would,
 * so that none leads out of it. Throws a `Trouble` where they go in a circle.
 */
export function below(root: string, path: string): string {
  if (root === '/') return path;
  const rest = path.split('/');
  let [done, links]: [string[], number] = [[], 0];
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '' || name === '.') continue;
    const link = name === '..' ? '..' : linkAt(join(root, ...done, name));
    if (link === '..') done.pop();
    else if (link === undefined) done.push(name);
    else {
      if (++links > mostLinks) throw new Trouble(`Too many symbolic links: ${join(root, path)}`);
      if (link.startsWith('/')) done = [];
      rest.unshift(...link.split('/'));
    }
  }
  return join(root, ...done);
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
