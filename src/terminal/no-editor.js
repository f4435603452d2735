// Stands in for Inquirer's editor prompt in the built program, which never asks with it.
export default () => Promise.reject(new Error('The editor prompt is not built in.'));
