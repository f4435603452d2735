// The bundler puts this in the place of `undici`: fetch, caches, mocks and web sockets stay out of the program.
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';

// undici's own entry hangs its calls on the prototype; only these two are used here (ProxyAgent needs connect).
Object.assign(Dispatcher.prototype, { connect, request });

export { Agent, Dispatcher, ProxyAgent };
