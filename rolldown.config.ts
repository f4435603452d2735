import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'rolldown';
import { commands } from './src/commands/index.ts';
import { fleetSchema } from './src/fleet-file/schema.ts';
import { outputSchema } from './src/terminal/output-schema.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const common = {
  platform: 'node',
  // @iarna/toml's eval only asks for Node's own inspect; two modules are shared by chunks that load them anyway.
  checks: { eval: false, ineffectiveDynamicImport: false },
  transform: { target: 'node20.19' },
} as const;

// Parts of libraries that are never used here. HTTP/2 loads a large piece of Node at each request (7 % of a registration).
const leftOut: Plugin = {
  name: 'left-out',
  resolveId(id, importer = '') {
    if (importer.includes('/commander/')) return notOfCommander[id];
    if (importer.includes('/undici/')) return notOfUndici[id];
    return undefined;
  },
  load(id) {
    // Of 70 spinners ora takes one, or the other where there is no Unicode.
    if (!id.endsWith('/cli-spinners/spinners.json')) return undefined;
    const { dots, line } = JSON.parse(readFileSync(id, 'utf8'));
    return { code: JSON.stringify({ dots, line }), moduleType: 'json' };
  },
};

const notOfCommander: Readonly<Record<string, string>> = {
  'node:child_process': at('src/terminal/no-programs.js'),
  './help.js': at('src/terminal/no-help.js'),
  './lib/help.js': at('src/terminal/no-help.js'),
};

// The same parser of HTTP stands twice, for processors that differ; that is not worth 72 KB for a few requests.
const notOfUndici: Readonly<Record<string, string>> = {
  './constants': at('src/gitlab/no-header-names.js'),
  './tree': at('src/gitlab/no-header-names.js'),
  './client-h2.js': at('src/gitlab/no-http2.js'),
  'node:assert': at('src/gitlab/no-assert.js'),
  'node:http': at('src/gitlab/no-http.js'),
  '../web/fetch/body.js': at('src/gitlab/no-fetch.js'),
  '../llhttp/llhttp-wasm.js': at('src/gitlab/http-parser.js'),
  '../llhttp/llhttp_simd-wasm.js': at('src/gitlab/http-parser.js'),
};

// The parser as a file of its own: in the text of a module it is larger, and has to be decoded at each start.
const httpParser: Plugin = {
  name: 'http-parser',
  generateBundle() {
    const source: Buffer = createRequire(import.meta.url)('undici/lib/llhttp/llhttp-wasm.js');
    // When it runs, V8 takes it on trust.
    if (!WebAssembly.validate(new Uint8Array(source)))
      throw new Error('the HTTP parser of undici is not valid');
    this.emitFile({ type: 'asset', fileName: 'http-parser.wasm', source });
  },
};

// The presets as one module: npx fetches one file instead of two dozen, and it is read only when a preset is used.
const templates: Plugin = {
  name: 'templates',
  resolveId: (id) => (id === 'templates' ? '\0templates' : undefined),
  load(id) {
    if (id !== '\0templates') return undefined;
    const folder = at('templates');
    const names = readdirSync(folder).filter((name) => /\.(toml|yml)$/.test(name));
    const texts = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    return `export default ${JSON.stringify(Object.fromEntries(texts))}`;
  },
};

// Of package.json the program says its version and where the project is; the rest would be carried along for nothing.
const packageFields: Plugin = {
  name: 'package-fields',
  load(id) {
    if (id !== at('package.json')) return undefined;
    const { version, homepage, repository, bugs } = JSON.parse(readFileSync(id, 'utf8'));
    return { code: JSON.stringify({ version, homepage, repository, bugs }), moduleType: 'json' };
  },
};

// Written by hand: the known plugin for it brings a second bundler with it.
const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    const packages = new Set(
      chunks.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
    );
    const source = [...packages]
      .sort()
      .map(licenceOf)
      .join(`\n${'-'.repeat(80)}\n`);
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
  },
};

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file to carry along`);
  return `Name: ${name}\nVersion: ${version}\nLicense: ${license}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

// For those who read what --json prints, and for editors of fleet files.
const schema: Plugin = {
  name: 'schema',
  generateBundle() {
    const $schema = 'https://json-schema.org/draft/2020-12/schema';
    const source = `${JSON.stringify({ $schema, ...outputSchema })}\n`;
    this.emitFile({ type: 'asset', fileName: 'output.schema.json', source });
    const fleet = `${JSON.stringify(fleetSchema())}\n`;
    this.emitFile({ type: 'asset', fileName: 'fleet.schema.json', source: fleet });
  },
};

// What rolldown writes, made cheaper to start; both together were a fifth of a short run. Nothing else changes.
const quickStart: Plugin = {
  name: 'quick-start',
  renderChunk: (code) => withPlainExports(withPlainImports(withLazyBuiltins(code))),
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    refuseCircles(new Map(chunks.map(({ fileName, imports }) => [fileName, imports])));
    for (const chunk of chunks) chunk.code = inAscii(chunk.code);
  },
};

// Of a CommonJS library that is imported as a whole, Rolldown copies each name, as a getter.
function withPlainImports(code: string): string {
  const copied = /^var (import_\w+) = \/\* @__PURE__ \*\/ \w+\.__toESM\((require_\w+\(\)), 1\);$/gm;
  return code.replace(copied, (line, name, library) => {
    const isWhole = !new RegExp(`\\b${name}\\b(?! = |\\.default\\b)`).test(code);
    return isWhole ? `var ${name} = { default: ${library} };` : line;
  });
}

// Rolldown gives each name of a chunk a getter of its own. Making 275 of them took milliseconds of every start, and an
// object of that many getters is slow to read; as one literal it is neither.
function withPlainExports(code: string): string {
  const getter =
    /Object\.defineProperty\(exports, "([^"]+)", \{\s+enumerable: true,\s+get: function \(\) \{\s+return ([^;]+);\s+\}\s+\}\);\n?/g;
  const names = [...code.matchAll(getter)].map(([, name, value]) => ({ name, value: value! }));
  if (names.length === 0) return code;
  const changed = names.filter(({ value }) => isSetAnew(code, value)).map(({ value }) => value);
  if (changed.length > 0) throw new Error(`an export must keep its value: ${changed.join(', ')}`);
  const members = names.map(({ name, value }) => `${JSON.stringify(name)}: ${value}`);
  return `${code.replace(getter, '')}\nmodule.exports = { ${members.join(', ')} };\n`;
}

// A getter would follow such a change, a literal does not.
const isSetAnew = (code: string, value: string): boolean =>
  new RegExp(`^(let|var) ${value}\\b`, 'm').test(code) && new RegExp(`^\\s+${value} \\S*= `, 'm').test(code);

// A part of Node, such as node:crypto with its 17 pieces, is loaded where it is first used.
function withLazyBuiltins(code: string): string {
  const top = /^let (node_\w+) = require\("(node:[\w/]+)"\);$/gm;
  return [...code.matchAll(top)].reduce((text, [line, name, id]) => {
    const rest = text.replace(line, '');
    const isOnlyRead = !new RegExp(`\\b${name}\\b(?!\\.)`).test(rest);
    if (!isOnlyRead) return text;
    const lazy = rest
      // Without the brackets, `new` would take the function for the class.
      .replaceAll(new RegExp(`\\bnew ${name}\\.(\\w+)`, 'g'), `new (${name}().$1)`)
      .replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `${name}().`);
    // Node looks a part up anew each time that it is required, and some are used once for each of thousands of runners.
    return `let ${name}_; const ${name} = () => ${name}_ ??= require("${id}");\n${lazy}`;
  }, code);
}

// A file of one-byte letters is read and held in half the time and room.
const inAscii = (code: string): string =>
  code.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

// All files as one, because npm takes three milliseconds for each file of a package, and a command loads several. It
// begins with a line of JSON: where each of them stands, counted from the end of that line, the hash of all, and the
// names of the commands. Each is written as the function that it is run as: put together at the start, it would be copied.
const oneFile: Plugin = {
  name: 'one-file',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    const parts: Record<string, [start: number, length: number]> = {};
    let start = 0;
    const texts = chunks.map(({ fileName, code }) => {
      const text = `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
      parts[fileName] = [start, text.length];
      start += text.length;
      delete bundle[fileName];
      return text;
    });
    const text = texts.join('');
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
    const index = `${JSON.stringify({ parts, hash, commands: Object.keys(commands) })}\n`;
    if (index.length > 16_384) throw new Error('bin/load.js does not read the whole line of JSON');
    const source = `${index}${text}`;
    this.emitFile({ type: 'asset', fileName: 'program', source });
  },
};

// Of a circle of files one would get the exports of another before they are there.
function refuseCircles(
  imports: ReadonlyMap<string, readonly string[]>,
  from?: string,
  way: string[] = [],
): void {
  const next = from === undefined ? [...imports.keys()] : (imports.get(from) ?? []);
  for (const name of next) {
    if (way.includes(name)) throw new Error(`chunks that import each other: ${[...way, name].join(' -> ')}`);
    refuseCircles(imports, name, [...way, name]);
  }
}

// What is loaded together stands together: each part has its own file of compiled code, which has to be read. A
// group is an entry with all that it imports, as far as no group above has it, so a new file finds its place by itself.
const groups = [
  { name: 'base', test: /rolldown.runtime|src\/errors\.ts$|\/package\.json$/ },
  {
    name: 'start',
    test: /src\/(terminal\/options|settings\/presets|app\/(invocation|config-file|interrupted-run|select-runner|rollback|diff)|runner\/executor|text\/random)\.ts$/,
  },
  { name: 'toml', test: /src\/config\/(read|types)\.ts$/ },
  { name: 'connection', test: /src\/(app\/(connection|in-parallel|interrupt)|host\/system-id)\.ts$/ },
  {
    name: 'save',
    test: /src\/(config\/(edit|canonical|places|redefined)|app\/save)\.ts$/,
  },
  {
    name: 'register',
    test: /src\/(commands\/register\/index|settings\/rules|runner\/(request|rules\/spoken))\.ts$/,
  },
  { name: 'services', test: /src\/host\/services\/linux\.ts$/ },
  { name: 'help', test: /src\/(app\/show-help|commands\/register\/help)\.ts$/ },
  { name: 'ask', test: /src\/(terminal\/ask|settings\/questions)\.ts$/ },
  { name: 'job-network', test: /src\/app\/job-network\.ts$/ },
  { name: 'edit', test: /src\/commands\/edit\/index\.ts$/ },
  { name: 'gitlab', test: /src\/gitlab\/calls\.ts$/ },
  { name: 'enroll', test: /src\/commands\/register\/enroll\.ts$/ },
];

export default defineConfig([
  {
    ...common,
    input: { main: 'src/main.ts' },
    resolve: {
      alias: {
        // The whole of undici costs as much start-up as all the rest; the slim entry has what is used.
        undici: at('src/gitlab/undici-slim.js'),
        // Inquirer's editor prompt brings character set tables of 500 KB; none of these is used.
        ...Object.fromEntries(
          ['editor', 'expand', 'input', 'number', 'password', 'rawlist', 'select'].map((name) => [
            `@inquirer/${name}`,
            at('src/terminal/no-prompt.js'),
          ]),
        ),
      },
    },
    output: {
      dir: 'dist',
      // bin/load.js runs these files itself, so that what was compiled of them can be kept; it loads no ES modules.
      format: 'cjs',
      dynamicImportInCjs: false,
      minify: true,
      cleanDir: true,
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
      codeSplitting: { groups },
    },
    // The packed program carries its libraries, so it carries their licences too.
    plugins: [leftOut, httpParser, quickStart, templates, packageFields, licences, schema, oneFile],
  },
  {
    ...common,
    // What developers run with node: the demo, the benchmark, the stand-in GitLab, the picture of the wizard, the long proofs.
    input: {
      demo: 'test/demo.ts',
      bench: 'test/bench.ts',
      nodes: 'test/nodes.ts',
      gitlab: 'test/gitlab/main.ts',
      picture: 'test/picture.ts',
      torture: 'test/torture.ts',
      containers: 'test/containers.ts',
      exports: 'test/exports.ts',
    },
    external: [/^[^./]/],
    output: { dir: '.build', format: 'esm', cleanDir: true },
  },
]);
