import { basename, join } from 'node:path';
import { runAtOnce } from '../../child.ts';
import { configOfStart, runCommandIn, valueIn } from '../runner-words.ts';
import { entriesOf, type ServicePlace, textOf } from './files.ts';
import type { RunnerService } from './service.ts';

/** The jobs of launchd that start gitlab-runner, by their files, and those of them that run, by `launchctl list`. */
export function launchdServices(place: ServicePlace): RunnerService[] {
  const { root, uid, home } = place;
  const services = [
    ...servicesIn(join(home, 'Library/LaunchAgents'), place, uid),
    ...servicesIn(join(root, 'Library/LaunchAgents'), place, uid),
    ...servicesIn(join(root, 'Library/LaunchDaemons'), place, 0),
  ];
  if (services.length === 0) return [];
  const running = runningJobs(listed());
  return services.map((one) => ({ ...one, pid: running.get(one.name) }));
}

/** The processes of the jobs that run, by their labels, in what `launchctl list` prints: PID (or -), status, label. */
export function runningJobs(printed: string): Map<string, number> {
  const lines = printed.split('\n').map((line) => line.trim().split(/\s+/));
  return new Map(
    lines.flatMap(([pid, , label]) => (/^\d+$/.test(pid ?? '') && label ? [[label, Number(pid)]] : [])),
  );
}

function listed(): string {
  try {
    return runAtOnce('/bin/launchctl', ['list'], { env: {}, timeout: 5_000, files: [] });
  } catch {
    return '';
  }
}

const servicesIn = (folder: string, place: ServicePlace, uid: number | undefined): RunnerService[] =>
  entriesOf(folder)
    .filter(({ name }) => /runner.*\.plist$/.test(name))
    .flatMap(({ name }) => serviceOf(join(folder, name), place, uid) ?? []);

function serviceOf(file: string, { home }: ServicePlace, uid: number | undefined): RunnerService | undefined {
  const text = withoutComments(textOf(file));
  const start = runCommandIn(stringsOf(textBehind(text, 'ProgramArguments')));
  if (start === undefined) return undefined;
  const { program, words } = start;
  const named = stringOf(text, 'UserName');
  // The users of macOS are in no file: of others only root is known.
  const owner = named === undefined ? uid : named === 'root' ? 0 : undefined;
  const variables = textBehind(text, 'EnvironmentVariables');
  const config = configOfStart({
    words,
    variable: (name) =>
      stringOf(variables, name) ?? (name === 'HOME' && owner === uid && uid !== 0 ? home : undefined),
    folder: () => valueIn(words, 'working-directory|d') ?? stringOf(text, 'WorkingDirectory') ?? '/',
    uid: owner,
  });
  const isOn = (key: string) => /^<(true\s*\/|dict)/.test(textBehind(text, key));
  return {
    manager: 'launchd',
    name: stringOf(text, 'Label') ?? basename(file, '.plist'),
    file,
    isEnabled: !isOn('Disabled') && (isOn('RunAtLoad') || isOn('KeepAlive')),
    program,
    config,
    user: valueIn(words, 'user|u'),
    uid: owner,
    log: stringOf(text, 'StandardErrorPath'),
  };
}

const withoutComments = (text: string): string =>
  text
    .split('<!--')
    .map((part, at) => (at === 0 ? part : part.split('-->').slice(1).join('-->')))
    .join('');

// What follows a key, up to the next one or the end of a list.
function textBehind(text: string, key: string): string {
  const at = text.indexOf(`<key>${key}</key>`);
  if (at < 0) return '';
  const rest = text.slice(at + key.length + 11).trimStart();
  const opened = /^<(array|dict)>/.exec(rest)?.[1];
  if (opened !== undefined) return rest.slice(0, rest.indexOf(`</${opened}>`));
  return rest.slice(0, rest.indexOf('<key>') < 0 ? rest.length : rest.indexOf('<key>'));
}

const stringOf = (text: string, key: string): string | undefined => stringsOf(textBehind(text, key))[0];

const stringsOf = (text: string): string[] =>
  [...text.matchAll(/<string>([^<]*)<\/string>|<string\s*\/>/g)].map(([, one = '']) => plain(one));

const entities = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

const plain = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (all, decimal, hexadecimal, name) => {
    if (name !== undefined) return entities.get(name) ?? all;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
