// Loads the program from the one file of dist, and keeps what V8 compiled of its parts in the user's cache folder:
// compiling is half of a short run. The name of a kept file has the hash of the part's text, so what is kept is never out
// of date; V8 refuses what is not its own.
const fs = require('node:fs');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const { O_RDONLY, O_NONBLOCK = 0 } = fs.constants;
const dist = join(__dirname, '../dist');
const modules = new Map();
const scripts = new Map();
const made = `.${process.version}-${process.arch}`;
let program;
let folder;
let wasThere = false;

/** Loads the first part of the program; gives what it exports. Throws what Node says of a file that it cannot read. */
exports.start = () => {
  program = openProgram(join(dist, 'program'));
  if (!process.env.NODE_DISABLE_COMPILE_CACHE) folder = cacheFolder();
  process.once('exit', keep);
  return load('main.cjs');
};

// It stays open: parts that are needed later are of the same build, also when the package is replaced meanwhile.
function openProgram(path) {
  const file = fs.openSync(path, 'r');
  const beginning = read(file, 0, Math.min(fs.fstatSync(file).size, 65536));
  const end = beginning.indexOf('\n');
  return { file, index: JSON.parse(beginning.slice(0, end)), begin: end + 1 };
}

function read(file, start, length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  if (fs.readSync(file, bytes, 0, length, start) < length) throw new Error('dist/program is not whole');
  return bytes.latin1Slice();
}

function load(name) {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const [start, length, hash] = program.index[name];
  const text = read(program.file, program.begin + start, length);
  const filename = join(dist, name);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    filename,
    cachedData: kept(`${name}-${hash}`),
  });
  scripts.set(`${name}-${hash}`, script);
  const module = { exports: {} };
  modules.set(name, module);
  script.runInThisContext()(module.exports, requireHere, module, filename, dist);
  return module.exports;
}

const requireHere = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));

// Where the home cannot be looked into, as after a change of user, nothing is kept.
function cacheFolder() {
  try {
    const base = process.env.NODE_COMPILE_CACHE || process.env.XDG_CACHE_HOME || usualBase();
    if (!isAbsolute(base)) return undefined;
    const named = join(base, 'runner-setup');
    wasThere = fs.existsSync(named);
    return areOurs(named) ? named : undefined;
  } catch {
    return undefined;
  }
}

function usualBase() {
  if (process.platform === 'win32') return process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  return join(homedir(), ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']));
}

// In one for everybody, such as /tmp, the folders of others are safe, but not what they may put into it.
const areOurs = (named) =>
  isOurs(named, 0) && [dirname(named), dirname(dirname(named))].every((path) => isOurs(path, 0o1000));

// What is kept is run: a folder where another user may put files is none to read it from, nor for root to write to.
// That of a lesser user is one, as the home of whoever calls sudo may be. One that does not exist yet will be ours.
function isOurs(path, sticky) {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || process.geteuid === undefined) return true;
  const sharedSafely = (stat.mode & 0o022) === 0 || (stat.mode & sticky) !== 0;
  return stat.isDirectory() && sharedSafely && (stat.uid === 0 || stat.uid === process.geteuid());
}

// V8 takes what it is given for whole and dies of a damaged one, so the last four bytes are a checksum.
// A folder that was not there at the start may be another user's by now; a pipe is not waited for.
function kept(name) {
  if (folder === undefined || !wasThere) return undefined;
  try {
    const bytes = fs.readFileSync(join(folder, name + made), { flag: O_RDONLY | O_NONBLOCK });
    const code = bytes.subarray(0, -4);
    return bytes.readUInt32LE(code.length) === crc32(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function withChecksum(code) {
  const bytes = Buffer.alloc(code.length + 4);
  code.copy(bytes);
  bytes.writeUInt32LE(crc32(code), code.length);
  return bytes;
}

// A function is compiled when it is first called, so each set of files that runs together adds what the others left out.
function keep() {
  if (folder === undefined) return;
  try {
    const mark = join(folder, `${setOf([...scripts.keys()])}.set${made}`);
    if (fs.existsSync(mark)) return;
    // A home that does not exist is not made. Where folders are mounted when they are asked for, Node would try for ever.
    for (const each of [dirname(folder), folder])
      if (!fs.existsSync(each)) fs.mkdirSync(each, { mode: 0o700 });
    if (!areOurs(folder)) return;
    for (const [name, script] of scripts) {
      put(join(folder, name + made), withChecksum(script.createCachedData()));
    }
    put(mark, '');
    removeOld();
  } catch {
    // No room, no right to write: the next run compiles once more.
  }
}

const setOf = (names) =>
  [...names.join()].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) >>> 0, 7);

function put(path, bytes) {
  const draft = `${path}.${process.pid}`;
  try {
    fs.writeFileSync(draft, bytes, { mode: 0o600, flag: 'wx', flush: true });
    fs.renameSync(draft, path);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
}

const ours = /\.v\d+\.\d+\.\d+[^/.]*-\w+(\.\d+)?$/;
const month = 30 * 24 * 60 * 60 * 1000;

function removeOld() {
  for (const name of fs.readdirSync(folder).filter((one) => ours.test(one))) {
    const path = join(folder, name);
    if (fs.statSync(path).mtimeMs < Date.now() - month) fs.rmSync(path, { force: true });
  }
}
