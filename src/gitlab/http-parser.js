// Stands in for the text of undici's HTTP parser: the same as a file, read where the parser is compiled, at the first
// connection. On Node 20, V8 would recompile it in the background, and the end of the process would wait 0.1 s for that.
// The flag is set back at once: while it differs, V8 takes no compiled code that was kept, of Node's own modules neither.
const { readFileSync } = require('node:fs');

const isNode20 = !('withResolvers' in Promise);
if (isNode20) {
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--wasm-tiering-budget=2000000000');
  queueMicrotask(() => setFlagsFromString('--wasm-tiering-budget=1800000'));
}

module.exports = readFileSync(`${__dirname}/http-parser.wasm`);
