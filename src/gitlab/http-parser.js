// Stands in for the text of undici's HTTP parser: the same as a file, read where the parser is compiled, at the first
// connection. V8 is to check its functions when they run, few of them do, and all at once took longer than the request.
// On Node 20, it would also recompile them in the background, and the end of the process would wait 0.1 s for that. The
// flags are set back at once: while they differ, V8 takes no compiled code that was kept, of Node's own modules neither.
const { readFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');

const isNode20 = !('withResolvers' in Promise);
setFlagsFromString('--wasm-lazy-validation');
if (isNode20) setFlagsFromString('--wasm-tiering-budget=2000000000');
queueMicrotask(() => {
  setFlagsFromString('--no-wasm-lazy-validation');
  if (isNode20) setFlagsFromString('--wasm-tiering-budget=1800000');
});

module.exports = readFileSync(`${__dirname}/http-parser.wasm`);
