// Loaded before the program: hides each gitlab-runner that runs on this machine or is a service of it, because what the
// program says must not depend on the machine that tests it. Processes that a test starts with its folder in the
// environment or the arguments are shown.
const fs = require('node:fs');
const { readdirSync } = fs;

fs.readdirSync = (path, ...more) => {
  const found = readdirSync(path, ...more);
  if (path === '/proc') return found.filter((name) => !/^\d+$/.test(name) || isShown(name));
  return folders.test(path) ? found.filter((entry) => !runner.test(entry.name ?? entry)) : found;
};

const folders = /^\/(etc|usr|lib|run)\b/;
const runner = /gitlab-(ci-multi-)?runner/;
const own = process.env.TMPDIR;

function isShown(pid) {
  const words = read(`/proc/${pid}/cmdline`);
  if (!runner.test(words)) return true;
  return `${words}${read(`/proc/${pid}/environ`)}`.includes(own || '\n');
}

function read(file) {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
