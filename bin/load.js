// Loads the program from the one file of dist, and keeps what V8 compiled of its parts in the user's cache folder:
// compiling is half of a short run. Each command has a file of its own, with the functions that it runs and no others. The
// name of the file has the hash of the program, so what is kept is never out of date; V8 refuses what is not its own.
const fs = require('node:fs');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const { O_RDONLY, O_NONBLOCK = 0 } = fs.constants;
const dist = join(__dirname, '../dist');
const modules = new Map();
const scripts = new Map();
const nothing = { sets: [], parts: {} };
let program;
let folder;
let wasThere = false;
let file;
let kept = nothing;

/**
 * Loads the first part of the program; gives what it exports. Takes the words of the command line, to know which compiled
 * code will be wanted. Throws what Node says of a file that it cannot read.
 */
exports.start = (words) => {
  program = openProgram(join(dist, 'program'));
  if (!process.env.NODE_DISABLE_COMPILE_CACHE) folder = cacheFolder();
  if (folder !== undefined) {
    const { commands, hash } = program.index;
    const command = words.find((word) => commands.includes(word)) ?? 'none';
    file = join(folder, `${command}-${hash}.${process.version}-${process.arch}`);
    if (wasThere) kept = readKept();
    process.once('exit', keep);
  }
  return load('main.cjs');
};

// It stays open: parts that are needed later are of the same build, also when the package is replaced meanwhile.
function openProgram(path) {
  const file = fs.openSync(path, 'r');
  const beginning = read(file, 0, Math.min(fs.fstatSync(file).size, 16384));
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
  const [start, length] = program.index.parts[name];
  const text = read(program.file, program.begin + start, length);
  const filename = join(dist, name);
  const script = new Script(text, { filename, cachedData: keptOf(name) });
  scripts.set(name, script);
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

// V8 takes what it is given for whole and dies of a damaged one, so the last four bytes are a checksum. The file begins
// with a line of JSON: which sets of parts ran together, and where the code of each part stands, counted from its end.
// A pipe is not waited for.
function readKept() {
  try {
    const bytes = fs.readFileSync(file, { flag: O_RDONLY | O_NONBLOCK });
    const whole = bytes.subarray(0, -4);
    if (bytes.readUInt32LE(whole.length) !== crc32(whole)) return nothing;
    const end = whole.indexOf('\n');
    return { ...JSON.parse(whole.latin1Slice(0, end)), codes: whole.subarray(end + 1) };
  } catch {
    return nothing;
  }
}

function keptOf(name) {
  const [start, length] = kept.parts[name] ?? [];
  return length && kept.codes.subarray(start, start + length);
}

// A function is compiled when it is first called, so each set of parts that runs together adds what the others left out.
function keep() {
  const set = setOf([...scripts.keys()]);
  if (kept.sets.includes(set)) return;
  try {
    // A home that does not exist is not made. Where folders are mounted when they are asked for, Node would try for ever.
    for (const each of [dirname(folder), folder])
      if (!fs.existsSync(each)) fs.mkdirSync(each, { mode: 0o700 });
    // One that was not there at the start may be another user's by now.
    if (!areOurs(folder)) return;
    put(file, withChecksum(packed([...kept.sets, set])));
    removeOld();
  } catch {
    // No room, no right to write: the next run compiles once more.
  }
}

// V8 copies what does not begin at a multiple of eight bytes.
const padded = (length) => Math.ceil(length / 8) * 8;

function packed(sets) {
  const names = new Set([...Object.keys(kept.parts), ...scripts.keys()]);
  const parts = {};
  const codes = [];
  let start = 0;
  for (const name of names) {
    const code = scripts.get(name)?.createCachedData() ?? keptOf(name);
    parts[name] = [start, code.length];
    codes.push(code, Buffer.alloc(padded(code.length) - code.length));
    start += padded(code.length);
  }
  const head = JSON.stringify({ sets, parts });
  return Buffer.concat([Buffer.from(`${head.padEnd(padded(head.length + 1) - 1)}\n`), ...codes]);
}

function withChecksum(code) {
  const bytes = Buffer.alloc(code.length + 4);
  code.copy(bytes);
  bytes.writeUInt32LE(crc32(code), code.length);
  return bytes;
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
