/** The command in the words of docker or podman, its older short form under the newer name, and what follows it. */
export function readWords(words) {
  const [first = '', second = '', ...rest] = words;
  if (['container', 'image', 'volume', 'network', 'system', 'context', 'builder', 'buildx'].includes(first)) {
    return { name: alias(`${first} ${second}`), rest };
  }
  return { name: alias(first), rest: words.slice(1) };
}

const aliases = {
  ps: 'container ls',
  'container ps': 'container ls',
  'container list': 'container ls',
  inspect: 'container inspect',
  images: 'image ls',
  'image list': 'image ls',
  rmi: 'image rm',
  pull: 'image pull',
  tag: 'image tag',
  'volume list': 'volume ls',
  'volume remove': 'volume rm',
};

function alias(name) {
  if (name in aliases) return aliases[name];
  return /^(run|create|start|stop|kill|rm|rename|logs|exec|update|wait|restart)$/.test(name)
    ? `container ${name}`
    : name;
}

const switches = [
  '-d',
  '--detach',
  '--rm',
  '--privileged',
  '--read-only',
  '--init',
  '-t',
  '--tty',
  '-i',
  '--interactive',
  '--publish-all',
  '--oom-kill-disable',
  '--no-healthcheck',
  '-a',
  '--all',
  '-f',
  '--force',
  '--no-trunc',
  '-q',
  '--quiet',
  '-v',
  '--volumes',
  '-s',
  '--size',
  '--all-tags',
  '--timestamps',
];

/** Splits words into flags (every value of each) and what is no flag; the first non-flag ends them when `runs`. */
export function readFlags(words, { runs = false } = {}) {
  const flags = {};
  let at = 0;
  const others = [];
  for (; at < words.length; at++) {
    const word = words[at];
    if (word === '--') {
      others.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith('-')) {
      if (runs) return { flags, others: words.slice(at) };
      others.push(word);
      continue;
    }
    const [flag, given] = word.split(/=(.*)/s);
    // In run, -v is a volume.
    const isSwitch = switches.includes(flag) && !(runs && flag === '-v') && given === undefined;
    const value = isSwitch ? '' : (given ?? words[++at]);
    flags[flag] = [...(flags[flag] ?? []), value];
  }
  return { flags, others };
}
