import type { Chance } from './random.ts';

export type Mode = 'native' | 'tidy' | 'wild';

/** How one file is laid out; `wild` files change their mind on every line. */
interface Layout {
  readonly mode: Mode;
  readonly chance: Chance;
  readonly indent: string;
  readonly nest: string;
  readonly runners: string;
  count: number;
}

/** Makes a config.toml with every construct that its mode knows. Comments name their owner: `# 3 owner: image`. */
export function generateConfig(chance: Chance, mode: Mode): string {
  const [indent, nest] = mode === 'native' ? ['  ', '  '] : chance.one(indents);
  const runners = mode === 'native' || chance.happens(0.9) ? 'runners' : chance.one(['Runners', 'RUNNERS']);
  const layout: Layout = { mode, chance, indent, nest, runners, count: 0 };
  const lines = [...head(layout), ...keyLines(layout, globals, '', 'global'), ...globalTables(layout, 0.5)];
  const amount = chance.below(5);
  for (let at = 0; at < amount; at++) lines.push(...runner(layout, at));
  if (mode !== 'native') lines.push(...globalTables(layout, 0.2, 'late_'));
  if (chance.happens(0.2)) lines.push('', ...loose(layout, ''));
  else if (chance.happens(0.25)) lines.push(`# the end of the file ${++layout.count}`);
  return finish(layout, lines);
}

const indents = [
  ['  ', '  '],
  ['    ', '    '],
  ['\t', '\t'],
  ['', ''],
  ['  ', ''],
  ['        ', '  '],
] as const;

type Make = (layout: Layout, indent: string) => string;

const globals: Record<string, Make> = {
  concurrent: integer,
  check_interval: integer,
  log_level: text,
  connection_max_age: () => '"15m0s"',
  shutdown_timeout: integer,
  stranger: text,
};

const values: Record<string, Record<string, Make>> = {
  '': {
    name: text,
    limit: integer,
    url: text,
    id: integer,
    token: () => '"${RUNNER_TOKEN}"',
    token_obtained_at: date,
    token_expires_at: date,
    executor: text,
    environment: list,
    pre_build_script: script,
    shell: text,
    unknown_key: text,
    'odd key': integer,
  },
  docker: {
    tls_verify: bool,
    image: text,
    privileged: bool,
    cap_add: list,
    volumes: list,
    extra_hosts: list,
    pull_policy: policies,
    shm_size: integer,
    my_own: list,
  },
  'docker.tmpfs': { '/run': text, a: text, z: text },
  cache: { Type: text, Path: text, Shared: bool, MaxUploadedArchiveSize: integer },
  'cache.s3': { ServerAddress: text, BucketName: text, Insecure: bool },
  feature_flags: { FF_A: bool, FF_B: bool, FF_C: bool },
  machine: { IdleCount: integer, IdleScaleFactor: float, MachineDriver: text, MachineOptions: list },
  unknown_table: { some: text, thing: nested },
  'unknown_table.deep.er': { a: integer },
  kubernetes: { host: text, namespace: text, poll_timeout: integer },
  'kubernetes.node_selector': { 'a.b/c': text },
};

const lists: Record<string, Record<string, Make>> = {
  'docker.services': { name: text, alias: text, command: list },
  'machine.autoscaling': { Periods: list, Timezone: text, IdleCount: integer },
  'kubernetes.volumes.host_path': { name: text, mount_path: text, read_only: bool },
};

function head(layout: Layout): string[] {
  return layout.chance.happens(0.4) ? [`# the head of the file ${++layout.count}`, ''] : [];
}

function globalTables(layout: Layout, share: number, prefix = ''): string[] {
  const tables = {
    session_server: { session_timeout: integer, listen_address: text },
    labels: { one: text },
  };
  return layout.chance.some(Object.entries(tables), share).flatMap(([name, keys]) => {
    const header = `${prefix}${name}`;
    return [
      '',
      ...owned(layout, '', header),
      `[${header}]${tail(layout, header)}`,
      ...keyLines(layout, keys, layout.indent, header),
    ];
  });
}

function runner(layout: Layout, at: number): string[] {
  const { chance, runners } = layout;
  const owner = `r${at}`;
  const gap = () => (layout.mode === 'wild' && chance.happens(0.2) ? [] : ['']);
  const lines = chance.happens(0.15) ? [...gap(), ...commentedOut(layout)] : [];
  lines.push(...gap(), ...owned(layout, '', owner));
  lines.push(`${spaced(layout, '[[', [runners], ']]')}${tail(layout, owner)}`);
  const names = chance.some(Object.keys(values).slice(1), 0.35);
  const forms = names.map((name) => ({ name, form: form(layout, name, names) }));
  const inner = forms
    .filter(({ form: how }) => how !== 'header')
    .map(({ name, form: how }) => [name, how] as const);
  lines.push(...keyLines(layout, values['']!, layout.indent, owner));
  for (const [name, how] of inner) lines.push(...withoutHeader(layout, name, how, owner));
  const sections = forms
    .filter(({ form: how }) => how === 'header')
    .map(({ name }) => table(layout, name, owner));
  const taken = new Set(inner.map(([name]) => name.split('.')[0]));
  const rows = chance.some(Object.keys(lists), 0.3).filter((name) => !taken.has(name.split('.')[0]));
  sections.push(...rows.map((name) => tables(layout, name, owner)));
  if (layout.mode !== 'native' && chance.happens(0.1))
    sections.push(['', `[far_${owner}_${++layout.count}]`, `${layout.indent}x = 1`]);
  const ordered = layout.mode === 'native' ? sections : chance.shuffled(sections);
  return [...lines, ...ordered.flat(), ...(chance.happens(0.2) ? loose(layout, layout.indent) : [])];
}

function form(layout: Layout, name: string, names: string[]): 'header' | 'dotted' | 'inline' {
  const hasFamily = names.some((other) => other !== name && other.split('.')[0] === name.split('.')[0]);
  if (layout.mode === 'native' || hasFamily || name.includes('.')) return 'header';
  return layout.chance.one(['header', 'header', 'header', 'dotted', 'inline']);
}

function withoutHeader(layout: Layout, name: string, how: string, owner: string): string[] {
  const keys = layout.chance.some(Object.entries(values[name]!), 0.5);
  if (how === 'dotted') {
    return keys.flatMap(([key, make]) =>
      line(layout, `${name}.${keyName(layout, key)}`, make, layout.indent, `${owner}.${name}.${key}`),
    );
  }
  const pairs = keys.map(([key, make]) => `${keyName(layout, key)} = ${oneLine(make, layout)}`);
  const gap = layout.chance.happens(0.5) ? ' ' : '';
  return [
    `${layout.indent}${name} = {${gap}${pairs.join(', ')}${pairs.length > 0 ? gap : ''}}${tail(layout, `${owner}.${name}`)}`,
  ];
}

// A list over several lines cannot stand inside an inline table's line here, so such values are made again.
function oneLine(make: Make, layout: Layout): string {
  for (;;) {
    const made = make(layout, '');
    if (!made.includes('\n')) return made;
  }
}

function table(layout: Layout, name: string, owner: string): string[] {
  const { chance } = layout;
  const keys = name.split('.');
  const pad = layout.nest.repeat(keys.length);
  const who = `${owner}.${name}`;
  const lines = layout.mode !== 'native' && chance.happens(0.3) ? [''] : [];
  lines.push(
    ...owned(layout, pad, who),
    `${pad}${spaced(layout, '[', [layout.runners, ...keys], ']')}${tail(layout, who)}`,
  );
  return [...lines, ...keyLines(layout, values[name]!, pad + layout.indent, who)];
}

function tables(layout: Layout, name: string, owner: string): string[] {
  const keys = name.split('.');
  const pad = layout.nest.repeat(keys.length);
  return Array.from({ length: 1 + layout.chance.below(3) }).flatMap((_, at) => {
    const who = `${owner}.${name}.${at}`;
    const header = `${pad}${spaced(layout, '[[', [layout.runners, ...keys], ']]')}${tail(layout, who)}`;
    return [
      '',
      ...owned(layout, pad, who),
      header,
      ...keyLines(layout, lists[name]!, pad + layout.indent, who),
    ];
  });
}

function keyLines(layout: Layout, keys: Record<string, Make>, indent: string, owner: string): string[] {
  const { chance, mode } = layout;
  const chosen = chance.some(Object.entries(keys), 0.6);
  const ordered = mode === 'native' ? chosen : chance.shuffled(chosen);
  return ordered.flatMap(([key, make]) => [
    ...(mode !== 'native' && chance.happens(0.08) ? [''] : []),
    ...line(layout, keyName(layout, key), make, indent, `${owner}.${key}`),
    ...(chance.happens(0.05) ? [`${indent}#extra_hosts = ["x:1.2.3.4"]`] : []),
  ]);
}

function line(layout: Layout, key: string, make: Make, indent: string, owner: string): string[] {
  const { chance, mode } = layout;
  const pad = mode === 'wild' && chance.happens(0.3) ? chance.one(['', ' ', '\t', '   ']) : indent;
  const equals = mode === 'wild' ? chance.one([' = ', '=', '   =  ', '\t=\t']) : ' = ';
  return [...owned(layout, pad, owner), `${pad}${key}${equals}${make(layout, pad)}${tail(layout, owner)}`];
}

function keyName({ mode, chance }: Layout, key: string): string {
  const needsQuotes = !/^[A-Za-z0-9_-]+$/.test(key);
  if (!needsQuotes && (mode === 'native' || chance.happens(0.9))) return key;
  return mode === 'native' || chance.happens(0.5) ? `"${key}"` : `'${key}'`;
}

function spaced({ mode, chance }: Layout, open: string, keys: string[], close: string): string {
  const gap = mode === 'wild' && chance.happens(0.3) ? ' ' : '';
  const names = keys.map((key) => (mode === 'wild' && chance.happens(0.1) ? `"${key}"` : key));
  return `${open}${gap}${names.join(`${gap}.${gap}`)}${gap}${close}`;
}

function owned(layout: Layout, pad: string, owner: string): string[] {
  return layout.chance.happens(0.12)
    ? [`${pad}# ${++layout.count} above: ${owner.replaceAll(' ', '_')}`]
    : [];
}

function tail(layout: Layout, owner: string): string {
  if (layout.chance.happens(0.1)) return ` # ${++layout.count} beside: ${owner.replaceAll(' ', '_')}`;
  return layout.mode === 'wild' && layout.chance.happens(0.1) ? layout.chance.one([' ', '\t', '  ']) : '';
}

function loose(layout: Layout, pad: string): string[] {
  return ['', `${pad}# ${++layout.count} loose`, ''];
}

function commentedOut(layout: Layout): string[] {
  return [`# [[runners]]`, `#   name = "old ${++layout.count}"`, '#   executor = "shell"'];
}

function text({ mode, chance }: Layout): string {
  const word = chance.one([
    'alpine:3.20',
    'a b',
    '',
    'ü€😀',
    '${VAR}',
    'C:\\\\cache',
    'a # b',
    '[[runners]]',
  ]);
  if (mode === 'native' || chance.happens(0.6)) return `"${word}"`;
  return chance.one([
    `'${word}'`,
    `"""${word}"""`,
    `'''\n[[runners]]\n# not a comment\n${word}'''`,
    `"""\n  a \\\n   b\n# no\n"""`,
  ]);
}

function script({ mode, chance }: Layout): string {
  if (mode === 'native') return '"set -eu\\necho \\"hi\\"\\n"';
  return chance.one([
    '"""\nset -eu\n[runners.docker]\n# fake\necho ""hi""\n"""',
    "'''\n[[runners]]\nx = 1\n'''",
    '"one\\ttwo"',
  ]);
}

function integer({ mode, chance }: Layout): string {
  if (mode === 'native') return String(chance.below(100));
  return chance.one(['0', '7', '1_800', '+5', '-3', '0x1F', '9007199254740993']);
}

function float({ mode, chance }: Layout): string {
  return mode === 'native' ? '1.0' : chance.one(['1.0', '0.5', '1e3', '-0.0', '5e+22', '6.26e-5', 'inf']);
}

function bool({ chance }: Layout): string {
  return chance.one(['true', 'false']);
}

function date({ mode, chance }: Layout): string {
  const dates = ['0001-01-01T00:00:00Z', '2026-11-23T10:00:00Z'];
  return chance.one(
    mode === 'native' ? dates : [...dates, '2026-11-23 10:00:00.500+02:00', '2026-11-23T10:00:00.120Z'],
  );
}

function policies({ chance }: Layout): string {
  return chance.one(['"always"', '["always", "if-not-present"]']);
}

function nested({ chance }: Layout): string {
  return chance.one(['[[1, 2], ["a"]]', '{ a = 1, b = { c = "x" } }', '[{ a = 1 }, { a = 2 }]', '[]', '{}']);
}

function list(layout: Layout, indent: string): string {
  const { mode, chance } = layout;
  const items = Array.from(
    { length: chance.below(4) },
    (_, at) => `"item ${at}${chance.one(['', ':x', ' # no', ', "'.slice(0, 1)])}"`,
  );
  if (mode === 'native' || chance.happens(0.4)) return `[${items.join(', ')}]`;
  const shape = chance.one(['lines', 'lines', 'spaced', 'ragged', 'leading']);
  if (shape === 'spaced')
    return items.length === 0 ? '[ ]' : `[ ${items.join(' , ')}${chance.one(['', ','])} ]`;
  if (shape === 'leading') return `[\n${indent}  ${items.join(`\n${indent}, `)}\n${indent}]`;
  if (shape === 'ragged') return `[${items.join(`,\n${indent}      `)}]`;
  return manyLines(layout, items, indent);
}

function manyLines({ chance }: Layout, items: string[], indent: string): string {
  const trailing = chance.happens(0.5);
  const rows = items.flatMap((item, at) => [
    ...(chance.happens(0.15) ? [`${indent}    # above ${item.slice(1, -1)}`] : []),
    `${indent}    ${item}${trailing || at < items.length - 1 ? ',' : ''}${chance.happens(0.15) ? ' # beside an item' : ''}`,
  ]);
  const rest = chance.happens(0.15) ? [`${indent}    # "last",`] : [];
  return ['[', ...rows, ...rest, `${indent}]`].join('\n');
}

function finish({ mode, chance }: Layout, lines: string[]): string {
  let text = `${lines.join('\n').replace(/^\n+/, chance.happens(0.1) && mode !== 'native' ? '\n' : '')}\n`;
  if (mode === 'native') return text;
  if (chance.happens(0.15)) text = text.replace(/\n+$/, '');
  if (chance.happens(0.1)) text += '\n\n';
  if (chance.happens(0.3)) text = text.replaceAll('\n', '\r\n');
  return chance.happens(0.15) ? `\ufeff${text}` : text;
}
