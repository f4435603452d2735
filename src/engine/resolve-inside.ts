import { isIP } from 'node:net';
import { type Engine, runPassing } from './engine.ts';

/** A name to be looked up as a job would, by the settings that its container gets. */
interface Attempt {
  readonly name: string;
  readonly image: string;
  readonly extraHosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  /** network_mode; empty for the usual one. */
  readonly network: string;
  /** The name of the container. */
  readonly container: string;
}

/** What a name is in a container: its addresses (none when it is not known there), or why that cannot be told. */
type Inside = { readonly addresses: readonly string[] } | { readonly failed: string };

/** Looks a name up from inside a container of an image that is there, with what the image has for it. */
export async function resolveInside(engine: Engine, it: Attempt, signal?: AbortSignal): Promise<Inside> {
  const flags = [
    ...it.extraHosts.flatMap((one) => ['--add-host', one]),
    ...it.dns.flatMap((one) => ['--dns', one]),
    ...it.dnsSearch.flatMap((one) => ['--dns-search', one]),
    ...(it.network === '' ? [] : ['--network', it.network]),
  ];
  const { container: name, image } = it;
  const ended = await runPassing(engine, { name, image, flags, script, words: [it.name] }, signal);
  if (ended.code === 0) return { addresses: addressesIn(ended.stdout) };
  if (ended.code === undefined) return { failed: 'the container did not exit within 30 seconds' };
  if (ended.code === noTool) return { failed: `${image} does not contain getent, nslookup, or ping` };
  const said = ended.stderr.trim().split('\n').at(-1) || `it exited with ${ended.code}`;
  return { failed: /"sh"|sh: .*not found|executable file/.test(said) ? `${image} has no shell` : said };
}

const noTool = 44;

// getent asks as programs do. Where it is missing: the hosts file, which nslookup passes over, then what there is.
const script = `
if command -v getent >/dev/null 2>&1; then echo getent; getent hosts "$1"; exit 0; fi
while read -r address names; do
  for name in $names; do [ "$name" = "$1" ] && { echo getent; echo "$address"; exit 0; }; done
done </etc/hosts
if command -v nslookup >/dev/null 2>&1; then echo nslookup; nslookup "$1" 2>/dev/null; exit 0; fi
if command -v ping >/dev/null 2>&1; then echo ping; ping -c 1 -w 2 "$1" 2>/dev/null; exit 0; fi
exit ${noTool}`;

function addressesIn(output: string): string[] {
  const [tool = '', ...lines] = output.trim().split('\n');
  const words = answerOf(tool, lines)
    .split(/[\s()]+/)
    .map((word) => word.replace(/:$/, ''));
  return [...new Set(words.filter((word) => isIP(word) !== 0))];
}

// Each says more than the addresses: nslookup first names its server, ping goes on with what comes back.
function answerOf(tool: string, lines: readonly string[]): string {
  if (tool === 'ping') return lines[0] ?? '';
  if (tool === 'nslookup') return /^Name:[\s\S]*/m.exec(lines.join('\n'))?.[0] ?? '';
  return lines.map((line) => line.split(/\s/)[0]).join(' ');
}
