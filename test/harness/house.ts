import { parseAst } from 'rolldown/parseAst';

/** Source files by their path from the project's root, such as `src/config/keys.ts`. */
export type Sources = Record<string, string>;

/**
 * Everything in which the sources break the rules of the house, one sentence each, sorted: arrows between rooms and
 * between commands, circles of files, homes of packages, `process`, folder names, lengths of functions, and exports that
 * neither another source nor one of the tests takes.
 */
export function houseFaults(sources: Sources, tests: Sources = {}): string[] {
  const read = new Map(Object.entries(sources).map(([path, text]) => [path, readSource(path, text)]));
  const faults = [...read].flatMap(([path, one]) => {
    const imported = one.imports.flatMap((target) => importFaults(path, target));
    const text = sources[path]!;
    const own = [
      ...placeFaults(path),
      ...functionFaults(one, text),
      ...processFaults(path, one),
      ...platformFaults(path, text),
    ];
    return [...own, ...imported].map((fault) => `${path}: ${fault}`);
  });
  return [...faults, ...circleFaults(read), ...exportFaults(sources, tests)].sort();
}

const arrows: Record<string, string[]> = {
  settings: [],
  config: [],
  gitlab: [],
  // An object storage is no GitLab: of that room, storage knows how one request is sent and why it did not arrive.
  storage: ['gitlab/send', 'gitlab/connection', 'gitlab/diagnose'],
  // Which system this is, engine and terminal ask as host does.
  engine: ['host/platform/index'],
  host: [],
  text: [],
  files: [],
  // Of config, runner knows what a table is, and nothing of files.
  runner: ['settings', 'config/model'],
  terminal: ['settings', 'host/platform/index'],
  'fleet-file': ['settings', 'config', 'runner'],
  app: ['settings', 'runner', 'config', 'gitlab', 'storage', 'engine', 'host', 'terminal', 'fleet-file'],
  commands: [
    'settings',
    'runner',
    'config',
    'gitlab',
    'storage',
    'engine',
    'host',
    'terminal',
    'fleet-file',
    'app',
  ],
  main: ['commands', 'app', 'terminal'],
  errors: [],
  world: [],
  child: [],
};

const openToAll = ['errors', 'text', 'files', 'world', 'child'];

const homes: Array<[RegExp, string]> = [
  [/^(commander|inquirer|@inquirer\/.*|chalk|ora|typebox)$/, 'terminal'],
  [/^undici(\/.*)?$/, 'gitlab'],
  [/^(@iarna\/toml(\/.*)?|toml-eslint-parser|diff)$/, 'config'],
  [/^js-yaml$/, 'fleet-file'],
  // The texts of the folder templates/, which the build puts in.
  [/^templates$/, 'app'],
];

type Read = { imports: Array<string | undefined>; usesProcess: boolean; functions: Array<[number, number]> };

type Node = { type: string; start: number; end: number; [key: string]: unknown };

function readSource(path: string, text: string): Read {
  const lang = path.endsWith('.ts') ? 'ts' : 'js';
  const read: Read = { imports: [], usesProcess: false, functions: [] };
  walk(parseAst(text, { lang, sourceType: 'module' }, path) as unknown as Node, read);
  return read;
}

function walk(node: Node, read: Read): void {
  look(node, read);
  for (const [key, value] of Object.entries(node)) {
    if (isName(node, key)) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, read);
  }
}

// `options.process` and `{ process: 1 }` name something else than the global.
const isName = (node: Node, key: string) =>
  node.computed !== true &&
  ((key === 'property' && node.type === 'MemberExpression') || (key === 'key' && !node.shorthand));

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

function look(node: Node, read: Read): void {
  if (/^(Import|Export(Named|All)?)(Declaration|Expression)$/.test(node.type) && node.source) {
    read.imports.push(literal(node.source as Node));
  }
  if (node.type === 'TSImportType') read.imports.push(literal((node.source ?? node.argument) as Node));
  if (isCallOf(node, 'require')) read.imports.push(literal((node.arguments as Node[])[0]));
  if (node.type === 'Identifier' && node.name === 'process') read.usesProcess = true;
  if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
    read.functions.push([node.start, node.end]);
  }
}

const isCallOf = (node: Node, name: string) =>
  node.type === 'CallExpression' &&
  (node.callee as Node).type === 'Identifier' &&
  (node.callee as Node).name === name;

function literal(node: Node | undefined): string | undefined {
  if (node?.type === 'TSLiteralType') return literal(node.literal as Node);
  return typeof node?.value === 'string' ? node.value : undefined;
}

/** `src/gitlab/calls.ts` stands in the room gitlab, `src/main.ts` in a room of its own. */
const roomOf = (path: string) => /^src\/([^/]+?)(\/|\.[jt]s$)/.exec(path)?.[1] ?? path;

function importFaults(path: string, target: string | undefined): string[] {
  if (target === undefined) return ['imports something that only the run can tell'];
  if (target.startsWith('.'))
    return [...arrowFaults(path, target), ...verbFaults(path, pathOf(path, target))];
  const name = target.replace(/^node:/, '');
  if (name === 'process')
    return path === 'src/world.ts' ? [] : ['imports process, which only world.ts may touch'];
  if (name === 'child_process' && path !== 'src/child.ts')
    return ['imports child_process, which only child.ts may use'];
  if (target.startsWith('node:')) return [];
  const home = homes.find(([form]) => form.test(target))?.[1];
  if (home === undefined) return [`imports ${target}, which has no home`];
  return roomOf(path) === home ? [] : [`imports ${target}, whose home is ${home}`];
}

function arrowFaults(path: string, target: string): string[] {
  const here = roomOf(path);
  const file = new URL(target, `file:///${path}`).pathname.slice(1);
  const there = roomOf(file);
  if (there === here || arrows[here]?.includes(file.replace(/^src\/|\.ts$/g, ''))) return [];
  // The one fact that stands outside the rooms: name and version of the program.
  if (there === 'package.json' && (here === 'main' || here === 'commands' || here === 'app')) return [];
  const allowed = [...(arrows[here] ?? []), ...(here === 'errors' ? [] : openToAll)];
  return allowed.includes(there) ? [] : [`imports ${there}, and ${here} must not know it`];
}

/** `src/commands/edit/plan.ts` stands in the folder edit, `src/commands/container/status/index.ts` in container/status; what stands beside the folders is in none. */
const verbOf = (path: string) => /^src\/commands\/(container\/[^/]+(?=\/)|[^/]+(?=\/))/.exec(path)?.[1];

// What two commands need goes down, and the registry is no business of a command.
function verbFaults(path: string, target: string): string[] {
  const [here, there] = [verbOf(path), verbOf(target)];
  // What the verbs of container share stands beside their folders, and their index leads to each.
  if (here === undefined || here === there) return [];
  if (there?.startsWith(`${here}/`) || (there !== undefined && here.startsWith(`${there}/`))) return [];
  if (there !== undefined) return [`imports ${there}, and the folder of ${here} must not know it`];
  return /^src\/commands\/index\.[jt]s$/.test(target)
    ? [`imports the registry, and the folder of ${here} must not know it`]
    : [];
}

/** Files that import each other in a circle: each circle once, from its first file by name. */
function circleFaults(read: ReadonlyMap<string, Read>): string[] {
  const next = (path: string) =>
    (read.get(path)?.imports ?? []).flatMap((target) =>
      target?.startsWith('.') ? [pathOf(path, target)] : [],
    );
  const done = new Set<string>();
  const found = new Map<string, string>();
  const visit = (path: string, way: string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) {
      const circle = way.slice(at);
      found.set([...circle].sort().join(' '), [...circle, path].join(' -> '));
    }
    if (done.has(path)) return;
    done.add(path);
    for (const one of next(path)) visit(one, [...way, path]);
  };
  for (const path of [...read.keys()].sort()) visit(path, []);
  return [...found.values()].map((way) => `files import each other in a circle: ${way}`);
}

// Whoever takes a name writes it, and names the file: that much is looked for, in code that is not parsed again.
function exportFaults(sources: Sources, tests: Sources): string[] {
  const users = Object.entries({ ...sources, ...tests });
  return Object.entries(sources).flatMap(([path, text]) => {
    const file = path.slice(path.lastIndexOf('/') + 1);
    const others = users.filter(([user, code]) => user !== path && code.includes(`/${file}`));
    const names = [...text.matchAll(exported)].map(([, name]) => name!);
    return names
      .filter((name) => !others.some(([, code]) => new RegExp(`\\b${name}\\b`).test(code)))
      .map((name) => `${path}: exports ${name}, which nobody takes`);
  });
}

const exported = /^export (?:async )?(?:declare )?(?:function\*?|const|class|interface|type|let) (\w+)/gm;

const pathOf = (path: string, target: string): string => new URL(target, `file:///${path}`).pathname.slice(1);

const processFaults = (path: string, { usesProcess }: Read) =>
  usesProcess && path !== 'src/world.ts' ? ['uses process, which only world.ts may touch'] : [];

// GitLab has its own words for systems, and the world hands on what Node calls this one.
const mayNamePlatforms = /^src\/(host\/platform\/|gitlab\/features\.ts$|world\.ts$)/;

const platformFaults = (path: string, text: string) =>
  !mayNamePlatforms.test(path) && /(['"`])(win32|darwin|freebsd)\1|\bplatform(\(\))?\s*[!=]==/.test(text)
    ? ['asks for the platform by name, which only host/platform may do']
    : [];

function placeFaults(path: string): string[] {
  const spoilt = path
    .split('/')
    .filter((part) => /^(utils?|helpers?|common|shared)$/.test(part.replace(/\.[jt]s$/, '')));
  const room = roomOf(path);
  return [
    ...spoilt.map((part) => `is in ${part}, a name that says nothing`),
    ...(room in arrows ? [] : ['stands in no room of the house']),
  ];
}

const functionFaults = ({ functions }: Read, text: string) =>
  functions
    .map(([start, end]) => ({ at: linesIn(text.slice(0, start)), lines: linesIn(text.slice(start, end)) }))
    .filter(({ lines }) => lines > 50)
    .map(({ at, lines }) => `has a function of ${lines} lines at line ${at}, 50 are the limit`);

const linesIn = (text: string) => text.replace(/\n$/, '').split('\n').length;
