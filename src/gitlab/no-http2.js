// Stands in for undici's HTTP/2 client, which is never chosen here and would load all of node:http2 at the start.
export default () => {
  throw new Error('HTTP/2 is not built in.');
};
