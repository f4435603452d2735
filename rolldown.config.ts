import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'rolldown';
import { outputSchema } from './src/terminal/output-schema.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const common = {
  platform: 'node',
  // @iarna/toml's eval only asks for Node's own inspect; two modules are shared by chunks that load them anyway.
  checks: { eval: false, ineffectiveDynamicImport: false },
  transform: { target: 'node20.19' },
} as const;

// Parts of undici that are never used here. HTTP/2 loads a large piece of Node at each request (7 % of a registration);
// the same parser of HTTP stands twice, for processors that differ, and 72 KB are not worth that for a few requests.
const leftOut = {
  name: 'left-out',
  resolveId(id: string, importer = '') {
    if (id === './client-h2.js' && importer.includes('undici')) return at('src/gitlab/no-http2.js');
    if (id === '../llhttp/llhttp_simd-wasm.js') return at('node_modules/undici/lib/llhttp/llhttp-wasm.js');
    return undefined;
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

// For those who read what --json prints.
const schema: Plugin = {
  name: 'schema',
  generateBundle() {
    const $schema = 'https://json-schema.org/draft/2020-12/schema';
    const source = `${JSON.stringify({ $schema, ...outputSchema })}\n`;
    this.emitFile({ type: 'asset', fileName: 'output.schema.json', source });
  },
};

// What is loaded together stands together: each file that Node has to find and read costs more than a millisecond. A
// group is an entry with all that it imports, as far as no group above has it, so a new file finds its place by itself.
const groups = [
  { name: 'base', test: /rolldown.runtime|src\/errors\.ts$|\/package\.json$/ },
  {
    name: 'register',
    test: /src\/(commands\/register\/index|terminal\/options)\.ts$|src\/settings\/(?!toml-keys|container\.|questions)/,
  },
  { name: 'help', test: /src\/(app\/show-help|commands\/register\/help)\.ts$/ },
  {
    name: 'save',
    test: /src\/(commands\/register\/save|config\/canonical|host\/system-id|runner\/request)\.ts$/,
  },
  { name: 'toml', test: /src\/config\/(read|edit|types)\.ts$/ },
  { name: 'spoken', test: /src\/runner\/rules\/spoken\.ts$/ },
  { name: 'ask', test: /src\/(terminal\/ask|settings\/questions)\.ts$/ },
  { name: 'edit', test: /src\/commands\/edit\/index\.ts$/ },
  { name: 'gitlab', test: /src\/commands\/register\/enroll\.ts$|src\/gitlab\/calls\.ts$/ },
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
      chunkFileNames: '[name]-[hash].cjs',
      codeSplitting: { groups },
    },
    // The packed program carries its libraries, so it carries their licences too.
    plugins: [leftOut, templates, packageFields, licences, schema],
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
    },
    external: [/^[^./]/],
    output: { dir: '.build', format: 'esm', cleanDir: true },
  },
]);
