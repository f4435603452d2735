// Stands in for node:http in undici, which takes these two of it and nothing that makes requests: loading it costs more
// than the request of a short run. The limit is Node's own; streams that node:http received are never sent on here.
module.exports = { maxHeaderSize: 16_384, IncomingMessage: class {} };
