// Stands in for the text of undici's HTTP parser: the same as a file, read where the parser is compiled, at the first
// connection. On Node 20, V8 would recompile it in the background, and the end of the process would wait 0.1 s for that;
// there it is also to check functions when they run, as few of them do. Elsewhere the flags cost what they save. They are
// set back at once: while they differ, V8 takes no compiled code that was kept, of Node's own modules neither.
const { readFileSync } = require('node:fs');

const isNode20 = !('withResolvers' in Promise);
if (isNode20) {
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--wasm-lazy-validation');
  setFlagsFromString('--wasm-tiering-budget=2000000000');
  queueMicrotask(() => {
    setFlagsFromString('--no-wasm-lazy-validation');
    setFlagsFromString('--wasm-tiering-budget=1800000');
  });
}

module.exports = readFileSync(`${__dirname}/http-parser.wasm`);
