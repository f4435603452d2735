import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRegular } from '../files/plain.ts';
import type { World } from '../world.ts';

/** A line of a file that somebody keeps, to be changed there. */
export interface FileLine {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** The line that names the image of a service in compose files, the last file first, as the later ones win. */
export function composeImageLine(files: readonly string[], service: string): FileLine | undefined {
  for (const file of files.toReversed()) {
    const lines = linesOf(file);
    const at = imageOfService(lines, service);
    if (at >= 0) return { file, line: at + 1, text: lines[at]!.trim() };
  }
  return undefined;
}

// Enough of YAML to find a line to show: blocks by their indentation.
function imageOfService(lines: readonly string[], service: string): number {
  const services = lines.findIndex((line) => /^services:\s*(#.*)?$/.test(line));
  if (services < 0) return -1;
  const name = new RegExp(`^\\s+["']?${service.replace(/[^\w-]/g, '\\$&')}["']?:\\s*(#.*)?$`);
  const start = lines.findIndex((line, at) => at > services && name.test(line));
  if (start < 0) return -1;
  const depth = indentOf(lines[start]!);
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at]!;
    if (/^\s*(#|$)/.test(line)) continue;
    if (indentOf(line) <= depth) return -1;
    if (/^\s+image:/.test(line)) return at;
  }
  return -1;
}

const indentOf = (line: string): number => /^\s*/.exec(line)![0].length;

/** The line in which a variable is set in `.env` beside a compose file. */
export function envFileLine(composeFile: string, variable: string): FileLine | undefined {
  const file = join(composeFile, '..', '.env');
  return lineIn(file, new RegExp(`^\\s*(export\\s+)?${variable}=`));
}

type Where = Pick<World, 'home' | 'env'>;

/**
 * Where a systemd unit, or the Quadlet it is made from, names the image of its container: `Image=` or the words of
 * `docker run` or `podman run`; nothing when the file is not found.
 */
export function unitImageLine(unit: string, image: string, where: Where): FileLine | undefined {
  const name = unit.replace(/\.service$/, '');
  const quadlets = quadletFolders(where).flatMap((folder) => [
    join(folder, `${name}.container`),
    join(folder, `${name.replace(/@.*$/, '@')}.container`),
  ]);
  for (const file of quadlets) {
    const found = lineIn(file, /^\s*Image\s*=/);
    if (found !== undefined) return found;
  }
  const bare = image.replace(/^docker\.io\//, '').replace(/[:@].*$/, '');
  for (const folder of unitFolders(where)) {
    const found = lineIn(
      join(folder, `${name}.service`),
      (line) => line.includes(bare) && !/^\s*[#;]/.test(line),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The unit of systemd that runs a container of this name by `docker run` or `podman run`; nothing when none is found. */
export function unitThatRuns(name: string, where: Where): string | undefined {
  const named = new RegExp(
    `(?:docker|podman)\\b[^#]*\\brun\\b(?:.|\\\\\\n)*--name[= ]["']?${name.replace(/[^\w-]/g, '\\$&')}["'\\s\\\\]`,
  );
  for (const folder of unitFolders(where)) {
    for (const file of filesIn(folder).filter((one) => one.endsWith('.service'))) {
      if (named.test(linesOf(join(folder, file)).join('\n'))) return file;
    }
  }
  return undefined;
}

const quadletFolders = ({ home, env }: Where): string[] => [
  join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers/systemd'),
  '/etc/containers/systemd',
  '/usr/share/containers/systemd',
];

const unitFolders = ({ home, env }: Where): string[] => [
  join(env.XDG_CONFIG_HOME || join(home, '.config'), 'systemd/user'),
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
];

function lineIn(file: string, request: RegExp | ((line: string) => boolean)): FileLine | undefined {
  const lines = linesOf(file);
  const at = lines.findIndex((line) => (typeof request === 'function' ? request(line) : request.test(line)));
  return at < 0 ? undefined : { file, line: at + 1, text: lines[at]!.trim() };
}

function linesOf(file: string): string[] {
  try {
    return existsSync(file) ? readRegular(file).split(/\r?\n/) : [];
  } catch {
    return [];
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
