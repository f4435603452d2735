import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';
import license from 'rollup-plugin-license';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const common = {
  platform: 'node',
  transform: { target: 'node20.19' },
} as const;

export default defineConfig([
  {
    ...common,
    input: { main: 'src/main.ts' },
    resolve: {
      alias: {
        // The whole of undici costs as much start-up as all the rest; the slim entry has what is used.
        undici: at('src/gitlab/undici-slim.js'),
        // Inquirer's editor prompt is not used and brings character set tables of 500 KB.
        '@inquirer/editor': at('src/terminal/no-editor.js'),
      },
    },
    output: { dir: 'dist', format: 'esm', minify: true, cleanDir: true, chunkFileNames: '[name]-[hash].js' },
    // The packed program carries its libraries, so it carries their licences too.
    plugins: [license({ thirdParty: { output: at('dist/THIRD-PARTY-LICENSES.txt') } })],
  },
  {
    ...common,
    // What developers run with node: the demo, the benchmark, the stand-in GitLab, the picture of the wizard.
    input: {
      demo: 'test/demo.ts',
      bench: 'test/bench.ts',
      gitlab: 'test/gitlab/main.ts',
      picture: 'test/picture.ts',
    },
    external: [/^[^./]/],
    output: { dir: '.build', format: 'esm', cleanDir: true },
  },
]);
