import { startAndRead } from '../../child.ts';
import { Trouble } from '../../errors.ts';
import { shellLine } from '../../text/shell-quote.ts';
import type { Env, World } from '../../world.ts';
import type { RunnerService } from '../services/service.ts';
import type { RunnerLog } from './runner-log.ts';

/** The journal of a unit of systemd, as `journalctl` prints it; of the user's own systemd for a unit of the user. */
export function journalOf(
  { name, file }: Pick<RunnerService, 'name' | 'file'>,
  { env, uid }: Pick<World, 'env' | 'uid'>,
): RunnerLog {
  const isOfUser = /\/(systemd\/user|\.config\/containers\/systemd|containers\/systemd\/users)\//.test(file);
  const sudo = isOfUser || uid === 0 ? '' : 'sudo ';
  const unit = [...(isOfUser ? ['--user'] : []), '-u', name];
  return {
    name: `the journal of ${name}`,
    command: `${sudo}${shellLine(['journalctl', ...unit, '-n', '50'])}`,
    read: async (since) => entriesIn(await printed(unit, since, env), since),
  };
}

/** A minute of a gitlab-runner with many runners at the level debug has no more. */
const mostLines = 5000;

function printed(unit: readonly string[], since: Date | undefined, env: Env): Promise<string> {
  const from = since === undefined ? [] : [`--since=@${Math.floor(since.getTime() / 1000)}`];
  const words = [...unit, '-o', 'json', '-n', String(mostLines), '--no-pager', ...from];
  return new Promise((resolve, reject) => {
    const limits = { env, timeout: 10_000, maxBuffer: 64 * 1024 * 1024 };
    startAndRead('journalctl', words, limits, (error, stdout, stderr) => {
      // Who may not read it gets nothing, and a hint.
      const isHidden = /not seeing messages|no journal files were opened|permission/i.test(stderr);
      if (error === null && !(isHidden && stdout.trim() === '')) resolve(stdout);
      else reject(unreadable(isHidden, error, stderr));
    });
  });
}

/** How journalctl failed. */
interface Failure {
  readonly code?: unknown;
  readonly killed?: boolean;
}

function unreadable(isHidden: boolean, error: Failure | null, stderr: string): Trouble {
  const why = isHidden
    ? 'This user may not read the journal.'
    : error?.code === 'ENOENT'
      ? 'journalctl was not found.'
      : `journalctl: ${stderr.trim().split('\n').at(-1) || reasonOf(error)}`;
  return new Trouble('The journal cannot be read.', {
    why,
    hint: 'Run the command as root, or add the user to the group systemd-journal.',
  });
}

function reasonOf(error: Failure | null): string {
  const { code, killed } = error ?? {};
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'more than 64 MB';
  if (killed) return 'no response within 10 seconds';
  return typeof code === 'number' ? `exit code ${code}` : String(code ?? 'no reason');
}

// It is asked by the second.
function entriesIn(text: string, since: Date | undefined): string[] {
  return text.split('\n').flatMap((line) => {
    const entry = readEntry(line);
    if (entry === undefined) return [];
    const time = Number(entry.__REALTIME_TIMESTAMP) / 1000;
    const isOlder = since !== undefined && time < since.getTime();
    const message = messageOf(entry.MESSAGE);
    return isOlder || message === undefined ? [] : [message];
  });
}

function readEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
}

// What has colors, or is no UTF-8, comes as the numbers of its bytes; what is very long, as null.
function messageOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message;
  return Array.isArray(message) ? Buffer.from(message.map(Number)).toString() : undefined;
}
