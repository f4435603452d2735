import { harmless } from '../text/sanitize.ts';
import { masker } from '../text/secrets.ts';

/** One line of gitlab-runner's log. */
interface LogLine {
  readonly level: string;
  readonly message: string;
  /** The runner that it is about, by the short form of its token. */
  readonly runner: string | undefined;
  /** The whole line. */
  readonly text: string;
}

/**
 * Takes a token; gives the short forms by which gitlab-runner names the runner in its log and its metrics: since 17.8
 * nine characters without any prefix, in older versions with the kind of the runner, or eight characters.
 */
export function shortTokens(token: string): string[] {
  const bare = token.replace(/^(?:[\w.-]*-)?glrtr?-/, '');
  const legacy = /^GR[0-9A-Fa-f]{7}/.test(token) ? [token.slice(9, 18), token.slice(0, 17)] : [];
  const all = [bare.replace(/^t[123]_/, '').slice(0, 9), bare.slice(0, 9), bare.slice(0, 8), ...legacy];
  return [...new Set(all.filter((one) => one.length >= 8))];
}

/** Reads a line of gitlab-runner's log in each of its formats: `runner` (the default), `text`, and `json`. */
export function readLogLine(line: string): LogLine {
  const text = harmless(line, 2000);
  // A long one was cut, and one with colors is JSON only without them.
  return readJson(line, text) ?? readJson(text, text) ?? readText(text);
}

function readJson(line: string, text: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg, runner } = JSON.parse(line) as Record<string, unknown>;
    const message = typeof msg === 'string' ? msg : '';
    return {
      level: typeof level === 'string' ? level : 'info',
      message,
      runner: typeof runner === 'string' ? runner : undefined,
      text,
    };
  } catch {
    return undefined;
  }
}

// What Go itself says when a program crashes.
const crash = /^(panic|fatal error): /;

// The default format has the level in capitals before the words, and only from warning on.
function readText(text: string): LogLine {
  const runner = /(?:^|\s)runner="?([\w-]+)/.exec(text)?.[1];
  const named = /(?:^|\s)level=(\w+)/.exec(text)?.[1];
  const quoted = /(?:^|\s)msg="((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const [, capitals, rest = text] = /^(?:.*?\s)?(WARNING|ERROR|FATAL|PANIC): (.*)$/.exec(text) ?? [];
  return {
    level: crash.test(text) ? 'panic' : (named ?? capitals ?? 'info').toLowerCase(),
    message: quoted ?? rest,
    runner,
    text,
  };
}

/** Why gitlab-runner does not use a runner, as its log says. */
interface LogTrouble {
  /** Whether waiting cannot help. */
  readonly isFinal: boolean;
  /** Whether it concerns all runners of the file. */
  readonly isOfAll: boolean;
  readonly message: string;
  /** What to do, where the line says enough for that. */
  readonly next: string | undefined;
  /** The line of the log, without secrets. */
  readonly line: string;
}

/** What the lines of a log say about one runner. */
export interface LogVerdict {
  /** gitlab-runner has read its config.toml, and not failed to read it after that. */
  readonly isLoaded: boolean;
  /** GitLab has answered a job request of the runner, and it is the last that the log says about the runner. */
  readonly isAnswered: boolean;
  readonly trouble: LogTrouble | undefined;
}

/**
 * Takes lines of gitlab-runner's log, oldest first, and the token of a runner; gives what they say about the runner.
 * The answer that there is no job is only logged at the level debug.
 */
export function judgeLog(all: readonly LogLine[], token: string): LogVerdict {
  const loadedAt = all.findLastIndex(({ message }) => /configuration loaded/i.test(message));
  const unread = all.findLastIndex(isUnread);
  const ended = all.findLastIndex(isEnd);
  const isNewest = (at: number) => at >= 0 && at > loadedAt;
  // A load begins anew: what failed before it counts no more.
  const about = all.slice(loadedAt + 1).filter(isAbout(token));
  const answered = about.findLastIndex(isAnswer);
  const after = about.slice(answered + 1);
  const troubles = kinds.flatMap((kind) => {
    const line = after.findLast((one) => kind.fits(one));
    return line === undefined ? [] : [troubleOf(kind, line, token)];
  });
  const own = troubles[0];
  const ofFile = isNewest(unread) ? troubleOf(unreadFile, all[unread]!, token) : undefined;
  const ofProgram = isNewest(ended) ? troubleOf(endOfProgram, all[ended]!, token) : undefined;
  return {
    isLoaded: loadedAt >= 0 && !isNewest(unread) && !isNewest(ended),
    isAnswered: answered >= 0 && own === undefined,
    trouble: ofFile ?? ofProgram ?? own,
  };
}

const isUnread = ({ message }: LogLine): boolean => /failed to load config/i.test(message);

const isEnd = ({ level }: LogLine): boolean => level === 'fatal' || level === 'panic';

// The name of a runner that failed too often has its URL and its short token in one word.
const isAbout = (token: string) => {
  const shorts = shortTokens(token);
  return ({ runner, message }: LogLine): boolean =>
    runner === undefined
      ? shorts.some((short) => message.includes(short))
      : shorts.some((short) => short === runner);
};

const isAnswer = ({ message }: LogLine): boolean =>
  /checking for jobs\.\.\.\s*(received|nothing)/i.test(message);

interface Kind {
  readonly isFinal: boolean;
  readonly isOfAll?: boolean;
  readonly message: string;
  readonly next?: string;
}

const unreadFile: Kind = {
  isFinal: true,
  isOfAll: true,
  message: 'gitlab-runner cannot load config.toml, and still uses the settings that it loaded before.',
  next: 'runner-setup lint',
};

const endOfProgram: Kind = {
  isFinal: true,
  isOfAll: true,
  message: 'gitlab-runner ended with an error.',
};

// What explains most comes first.
const kinds: readonly (Kind & { fits(line: LogLine): boolean })[] = [
  {
    fits: ({ message }) =>
      /(checking for jobs|verifying runner)\.\.\.\s*(forbidden|is removed)/i.test(message),
    isFinal: true,
    message: 'GitLab refused the runner: the runner was deleted, or its token was reset.',
    next: 'runner-setup verify',
  },
  {
    fits: ({ message }) => /is (unhealthy|not healthy)/i.test(message),
    isFinal: true,
    message: 'gitlab-runner requests no jobs for this runner for a while, because several requests failed.',
    next: 'Fix the cause, and then restart gitlab-runner.',
  },
  {
    fits: ({ message }) => /checking for jobs\.\.\.\s*(client )?error/i.test(message),
    isFinal: false,
    message: 'gitlab-runner cannot connect to GitLab.',
  },
  {
    fits: ({ message }) => /checking for jobs\.\.\.\s*failed/i.test(message),
    isFinal: false,
    message: 'GitLab responds to job requests with an error.',
  },
  {
    fits: ({ level }) => /^(warn|error)/.test(level),
    isFinal: false,
    message: 'gitlab-runner logs errors about the runner.',
  },
];

const troubleOf = (kind: Kind, { text }: LogLine, token: string): LogTrouble => ({
  isFinal: kind.isFinal,
  isOfAll: kind.isOfAll ?? false,
  message: kind.message,
  next: kind.next,
  line: harmless(masker([token])(text), 200),
});
