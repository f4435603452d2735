// The bundler puts this in the place of `undici`: fetch, caches, mocks and web sockets stay out of the program.
const connect = require('undici/lib/api/api-connect.js');
const request = require('undici/lib/api/api-request.js');
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js');

// undici's own entry hangs its calls on the prototype; only these two are used here (ProxyAgent needs connect).
Object.assign(Dispatcher.prototype, { connect, request });

// Loaded where it is used: few machines have a proxy.
module.exports = {
  Dispatcher,
  Agent: require('undici/lib/dispatcher/agent.js'),
  get ProxyAgent() {
    return require('undici/lib/dispatcher/proxy-agent.js');
  },
};
