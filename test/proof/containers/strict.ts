/** What `inspect` prints, as JSON. */
export type Printed = Record<string, unknown>;

/**
 * Where two containers of the same image that never ran differ, value by value: the path, and both values. It knows
 * nothing of what the program takes for harmless, so the two can judge each other.
 */
export function unlike(old: Printed, made: Printed): string[] {
  const [one, other] = [leavesOf(old), leavesOf(made)];
  const paths = [...new Set([...one.keys(), ...other.keys()])];
  return paths
    .filter((path) => one.get(path) !== other.get(path) && !own.test(path))
    .map((path) => `${path}: ${one.get(path) ?? 'nothing'} => ${other.get(path) ?? 'nothing'}`);
}

// Each container has its own; the last three say how it was asked for, and what became of that stands in Mounts.
const own =
  /^(Created|State\.StartedAt|State\.FinishedAt|Config\.CreateCommand|Config\.Attach(Stdin|Stdout|Stderr)|Config\.StdinOnce|HostConfig\.ContainerIDFile|Config\.Volumes.*|Config\.Passwd)$/;

function leavesOf(printed: Printed): Map<string, string> {
  const { Id: id = '', Name: name = '' } = printed as Record<string, string>;
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (value === null || value === '' || value === undefined) return;
    if (Array.isArray(value)) walkList(value, path);
    else if (typeof value !== 'object') found.set(path, renamed(String(value)));
    else for (const [key, part] of Object.entries(value)) walk(part, path === '' ? key : `${path}.${key}`);
  };
  const renamed = (text: string) =>
    text
      .replaceAll(id, 'ID')
      .replaceAll(id.slice(0, 12), 'ID')
      .replace(new RegExp(`^${name}$`), 'NAME');
  const walkList = (list: unknown[], path: string): void => {
    const items = list.map((item) => (typeof item === 'string' ? renamed(item) : ordered(item)));
    if (list.length > 0) found.set(path, `[${items.sort().join('; ')}]`);
  };
  walk(plain(printed), '');
  return found;
}

const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort())
      : part,
  );

// Mounts in the order of their places; the words of the process, however they are divided. A volume without a name has
// got one, and stands in Binds from then on.
function plain(printed: Printed): Printed {
  const config = { ...(printed.Config as Printed) };
  const host = { ...(printed.HostConfig as Printed) };
  const mounts = (printed.Mounts ?? []) as Record<string, string>[];
  delete config.Cmd;
  delete config.Entrypoint;
  const unnamed = mounts.filter(({ Name = '' }) => /^[0-9a-f]{64}$/.test(Name));
  const binds = ((host.Binds ?? []) as string[]).filter(
    (bind) => !unnamed.some(({ Name }) => bind.startsWith(`${Name}:`)),
  );
  const long = (host.Mounts ?? []) as Record<string, string>[];
  const sourceOf = (target: unknown) => unnamed.find(({ Destination }) => Destination === target)?.Name;
  return {
    ...printed,
    Args: JSON.stringify(printed.Args),
    Config: config,
    HostConfig: {
      ...host,
      Binds: binds,
      // Two names of one network.
      NetworkMode: String(host.NetworkMode).replace(/^default$/, 'bridge'),
      Links: ((host.Links ?? []) as string[]).map((link) => link.replace(`:${printed.Name}/`, ':/NAME/')),
      RestartPolicy: {
        ...(host.RestartPolicy as Printed),
        Name: (host.RestartPolicy as Printed)?.Name || 'no',
      },
      Mounts: long.map((mount) => ({ ...mount, Source: mount.Source ?? sourceOf(mount.Target) })),
    },
    Mounts: Object.fromEntries(
      mounts.map((mount) => [
        mount.Destination,
        { ...mount, Mode: mount.Type === 'volume' ? mount.Mode!.replace(/^z$/, '') : mount.Mode },
      ]),
    ),
  };
}
