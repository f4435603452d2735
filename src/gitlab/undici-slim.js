// The bundler puts this in the place of `undici`: fetch, caches, mocks and web sockets stay out of the program.
const request = require('undici/lib/api/api-request.js');
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js');

// undici's own entry hangs its calls on the prototype; only these two are used here. Few machines have a proxy, and what
// only a proxy needs is loaded for it.
Object.assign(Dispatcher.prototype, {
  request,
  connect(...given) {
    return require('undici/lib/api/api-connect.js').apply(this, given);
  },
});

module.exports = {
  Dispatcher,
  Agent: require('undici/lib/dispatcher/agent.js'),
  get ProxyAgent() {
    return require('undici/lib/dispatcher/proxy-agent.js');
  },
};
