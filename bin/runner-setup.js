#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`error: runner-setup needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
const { start } = require('./load.js');
const words = process.argv.slice(2);
try {
  start(words).run(words);
} catch (error) {
  console.error(`error: runner-setup cannot load its own files: ${error.message}`);
  process.exit(1);
}
