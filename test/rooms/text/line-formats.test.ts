import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cleanupJob } from '../../../src/commands/container/cleanup/schedule-task.ts';
import { type ContainerSettings, plainContainer } from '../../../src/engine/container.ts';
import { printContainer } from '../../../src/engine/print.ts';
import { Trouble } from '../../../src/errors.ts';
import { scheduleFiles, tableAfter } from '../../../src/host/schedule.ts';
import { visible } from '../../../src/text/sanitize.ts';
import { Chance } from '../config/random.ts';

const chance = new Chance(20_260_601);

const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter((one) =>
  /\p{Cc}/u.test(one),
);
const pieces = [
  ...controls,
  ...[
    '\n',
    '\r\n',
    '\u2028',
    '\u2029',
    '\u0085',
    '\u00a0',
    '\ufeff',
    '\u202e',
    '"',
    "'",
    '`',
    '%',
    '%%',
    '%n',
  ],
  ...[
    '$',
    '$$',
    '${HOME}',
    '$(id)',
    '\\',
    '\\\\',
    '\\n',
    '\\%',
    ' ',
    '  ',
    '\t',
    '#',
    ' #',
    ': ',
    ':',
    '- ',
    '=',
    ';',
  ],
  ...[
    '\nExecStart=/bin/evil',
    '\n* * * * * root evil',
    '\n    privileged: true',
    '\\\nevil',
    '*',
    '&a',
    '!b',
    '|',
    '>',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    '@',
    '~',
    '?',
    '\u{1f600}',
    'é',
    'a',
    'b/c',
    'no',
    '0x1',
    '1e3',
    '<<',
    '-',
    '--',
  ],
];

const value = (): string => Array.from({ length: 1 + chance.below(4) }, () => chance.one(pieces)).join('');

const values = [
  ...pieces,
  ...pieces.map((piece) => `a${piece}`),
  ...pieces.map((piece) => `${piece}z`),
  ...Array.from({ length: 600 }, value),
];

// Nothing of a command line or of the environment has a NUL in it.
const words = values.filter((one) => !one.includes('\0'));

const named =
  /^(--[a-z-]+( \w+)?|DOCKER_HOST|PATH\b.*): the (value|name) (has|begins|ends) [a-zA-Z0-9_, ]+, which [\w ]+ does not support\.$/;

/** What was written of each value, or that it was refused in words that name the flag. */
function written<T>(all: readonly string[], write: (one: string) => T): [value: string, text: T][] {
  const found = all.flatMap((one): [string, T][] => {
    try {
      return [[one, write(one)]];
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      expect(error.message).toMatch(named);
      // What is refused had a reason.
      expect(/[\p{Cc}\\]|^["'\s]|\s$/u.test(one) || visible(one) !== one, JSON.stringify(one)).toBe(true);
      return [];
    }
  });
  expect(found.length).toBeGreaterThan(100);
  return found;
}

interface UnitLine {
  readonly key: string;
  readonly value: string;
}

/** The lines of a unit as systemd splits them; a carriage return ends one, too, and a backslash at the end joins two. */
const unitLines = (text: string): UnitLine[] =>
  text
    .replace(/\\(\n|\r)/g, ' ')
    .split(/[\n\r\0]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line))
    .map((line) => ({ key: line.split('=')[0]!, value: line.slice(line.indexOf('=') + 1) }));

const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
};

/** The words of a value as systemd takes them apart (extract_first_word with unquoting and C escapes). */
function unitWords(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    if (/[ \t]/.test(text[at]!)) {
      at++;
      continue;
    }
    let [word, quote] = ['', ''];
    for (; at < text.length && (quote !== '' || !/[ \t]/.test(text[at]!)); at++) {
      const sign = text[at]!;
      if (sign === '\\') {
        const [, code, one] = /^\\(?:u([\da-f]{4})|(.))/s.exec(text.slice(at)) ?? [];
        expect(code !== undefined || one! in escapes || /["'\\]/.test(one!)).toBe(true);
        word += code === undefined ? (escapes[one!] ?? one!) : String.fromCharCode(Number.parseInt(code, 16));
        at += code === undefined ? 1 : 5;
      } else if (quote === '' ? /["']/.test(sign) : sign === quote) quote = quote === '' ? sign : '';
      else word += sign;
    }
    expect(quote).toBe('');
    found.push(word);
  }
  return found;
}

/** A word after systemd has put its own names and variables in; fails where it would put one. */
function plain(word: string, signs: '%' | '%$'): string {
  const rest = word.replaceAll('%%', '').replaceAll(signs === '%$' ? '$$' : '%%', '');
  expect(rest).not.toMatch(signs === '%$' ? /[%$]/ : /%/);
  return signs === '%$' ? word.replaceAll('%%', '%').replaceAll('$$', '$') : word.replaceAll('%%', '%');
}

/** The words that sh makes of a command. */
function shellWords(command: string): string[] {
  const { stdout, status } = spawnSync('sh', ['-c', `show() { printf '%s\\0' "$@"; }\nshow ${command}`], {
    encoding: 'utf8',
    env: { HOME: '/wrong', PATH: process.env.PATH },
  });
  expect(status).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

const keys = (text: string): string[] => unitLines(text).map(({ key }) => key);

describe('a schedule', () => {
  const task = (keep: string, host: string) => ({
    job: cleanupJob,
    rhythm: 'daily' as const,
    command: ['/usr/bin/node', '/opt/runner-setup.js', 'container', 'cleanup', '--keep', keep, '--yes'],
    env: { DOCKER_HOST: host },
  });

  test('of systemd has each value as it is, and no other line', () => {
    const clock = { kind: 'systemd', folder: '/u', isUser: false } as const;
    const write = (one: string) => scheduleFiles(clock, task(one, `unix:///${one}`))[0]!.text;
    const harmless = keys(write('a'));
    for (const [one, text] of written(words, write)) {
      expect(keys(text)).toEqual(harmless);
      const [variable, command] = ['Environment', 'ExecStart'].map((name) =>
        unitWords(unitLines(text).find(({ key }) => key === name)!.value),
      );
      expect(variable!.map((word) => plain(word, '%'))).toEqual([`DOCKER_HOST=unix:///${one}`]);
      expect(command!.map((word) => plain(word, '%$'))).toEqual(task(one, '').command);
    }
  });

  // Vixie's cron takes a backslash away before % and before a backslash, cronie before % alone, busybox none.
  const crons: readonly ((line: string) => string)[] = [
    (line) => line.replace(/\\([%\\])|%.*/gs, (_, sign: string | undefined) => sign ?? ''),
    (line) => line.replace(/\\(%)|(\\.)|%.*/gs, (_, sign?: string, kept?: string) => sign ?? kept ?? ''),
    (line) => line,
  ];

  test('of cron has each value as it is, and no other line', () => {
    const write = (one: string) => ({
      file: scheduleFiles({ kind: 'cron', folder: '/c' }, task(one, `unix:///${one}`))[0]!.text,
      table: tableAfter('', cleanupJob, task(one, `unix:///${one}`)),
    });
    for (const [one, { file, table }] of written(words, write)) {
      expect(file.split(/[\n\r]/)).toHaveLength(3);
      expect(table.split(/[\n\r]/)).toHaveLength(3);
      const command = file.split('\n')[1]!.replace(/^17 3 \* \* \* root /, '');
      expect(table.split('\n')[1]).toBe(`17 3 * * * ${command}`);
      for (const line of new Set(crons.map((cron) => cron(command)))) {
        const [env, , host, ...rest] = shellWords(line);
        expect([env, host, ...rest]).toEqual(['env', `DOCKER_HOST=unix:///${one}`, ...task(one, '').command]);
      }
    }
  });
});

const container = (one: string): ContainerSettings => ({
  ...plainContainer('gitlab-runner', `example.com/${one}:v1`),
  mounts: [
    { type: 'bind', source: `/srv/${one}`, target: '/data', options: [] },
    { type: 'volume', source: `a${one}`, target: '/more', options: ['ro'] },
  ],
  env: { MOOD: one, OTHER: 'yes' },
  extraHosts: [`${one}:10.0.0.1`],
  securityOptions: [`label=level:${one}`],
});

// A path with a colon in it takes the long form of a mount, and no Quadlet has that.
const places = words.filter((one) => !one.includes(':'));

describe('a container that is printed', () => {
  test('as a command of a shell has each value as it is', () => {
    const write = (one: string) => printContainer(container(one), 'docker', 'docker');
    for (const [one, text] of written(places, write)) {
      const shown = shellWords(text);
      expect(shown.slice(0, 5)).toEqual(['docker', 'run', '-d', '--name', 'gitlab-runner']);
      expect(shown.slice(5, 17)).toEqual([
        ...['--volume', `/srv/${one}:/data`, '--volume', `a${one}:/more:ro`, '--env', `MOOD=${one}`],
        ...['--env', 'OTHER=yes', '--add-host', `${one}:10.0.0.1`, '--security-opt', `label=level:${one}`],
      ]);
      expect(shown.slice(17)).toEqual([`example.com/${one}:v1`]);
    }
  });

  test.each(['1.1', '1.2'] as const)('for Compose has each value as it is, by YAML %s', (version) => {
    for (const one of places) {
      const text = printContainer(container(one), 'compose', 'docker');
      const file = parse(text, { version, uniqueKeys: true });
      const { image, environment, volumes, extra_hosts, security_opt, ...rest } =
        file.services['gitlab-runner'];
      expect(Object.keys(rest)).toEqual(['container_name', 'restart', 'stop_grace_period', 'healthcheck']);
      expect(Object.keys(file)).toEqual(['services', 'volumes']);
      expect(file.volumes).toEqual({ [`a${one}`]: { name: `a${one.replaceAll('$', '$$$$')}` } });
      expect(Object.keys(environment)).toEqual(['MOOD', 'OTHER']);
      const seen = [image, ...volumes, environment.MOOD, environment.OTHER, ...extra_hosts, ...security_opt];
      for (const text of seen) expect(text.replaceAll('$$', '')).not.toContain('$');
      expect(seen.map((text: string) => text.replaceAll('$$', '$'))).toEqual([
        ...[`example.com/${one}:v1`, `/srv/${one}:/data`, `a${one}:/more:ro`, one, 'yes'],
        ...[`${one}:10.0.0.1`, `label=level:${one}`],
      ]);
      // What a terminal would be steered by is nowhere in it.
      expect(visible(text)).toBe(text);
    }
  });

  test('as a Quadlet has each value as it is, and no other line', () => {
    const write = (one: string) => printContainer(container(one), 'quadlet', 'podman');
    const harmless = keys(write('a'));
    for (const [one, text] of written(places, write)) {
      expect(keys(text)).toEqual(harmless);
      const all = (name: string) => unitLines(text).filter(({ key }) => key === name);
      const whole = (name: string) => all(name).map(({ value }) => plain(value, '%$'));
      const split = (name: string) =>
        all(name).map((line) => unitWords(line.value).map((word) => plain(word, '%$')));
      expect(whole('Image')).toEqual([`example.com/${one}:v1`]);
      expect(whole('Volume')).toEqual([`/srv/${one}:/data`, `a${one}:/more:ro`]);
      expect(split('Environment')).toEqual([[`MOOD=${one}`], ['OTHER=yes']]);
      expect(split('PodmanArgs')).toEqual([
        ['--add-host', `${one}:10.0.0.1`],
        ['--security-opt', `label=level:${one}`],
        ['--stop-timeout', '3600'],
      ]);
    }
  });

  test('as a unit has each value as it is, and no other line', () => {
    const write = (one: string) => printContainer(container(one), 'systemd', 'docker', `/opt/${one}/docker`);
    const harmless = keys(write('a'));
    for (const [one, text] of written(places, write)) {
      expect(keys(text)).toEqual(harmless);
      const line = (name: string) => unitWords(unitLines(text).find(({ key }) => key === name)!.value);
      const [program, ...rest] = line('ExecStart').map((word) => plain(word, '%$'));
      expect(program).toBe(`/opt/${one}/docker`);
      expect(line('ExecStop').map((word) => plain(word, '%$'))[0]).toBe(program);
      expect(rest.slice(8, 16)).toEqual([
        ...['--volume', `/srv/${one}:/data`, '--volume', `a${one}:/more:ro`],
        ...['--add-host', `${one}:10.0.0.1`, '--security-opt', `label=level:${one}`],
      ]);
      expect(line('Environment').map((word) => plain(word, '%'))).toEqual([`MOOD=${one}`]);
    }
  });
});
