import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { differences, uncarried } from '../../../src/engine/differences.ts';
import type { InspectedPair } from '../../../src/engine/leaves.ts';
import { readContainer } from '../../../src/engine/read-container.ts';
import type { Inspected } from '../../../src/engine/run.ts';
import { runWords } from '../../../src/engine/run-args.ts';

// Of dockerd 20.10.24, of Podman 4.3.1, and of Podman as its socket makes a container: what they printed of one with
// dozens of options, of the one that an upgrade made after it, and of its image; and the words that were said again.
const folder = join(import.meta.dirname, 'inspected');
const recorded = readdirSync(folder).map((file) => {
  const { words, old, made, image } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return { name: file.replace('.json', ''), words, old, made, image };
});

// Changing these says nothing of the settings of a container.
const silent =
  /^(Id|Created|Name|Image|ImageName|ImageDigest|RestartCount|ExecIDs|SizeRootFs|State\..*|ResolvConfPath|HostnamePath|HostsPath|LogPath|StaticDir|OCIConfigPath|GraphDriver\.Data|NetworkSettings\.(?!Networks\.).*|NetworkSettings\.Networks\.\w+\.(EndpointID|NetworkID|Gateway|IPAddress|IPPrefixLen|IPv6Gateway|GlobalIPv6Address|GlobalIPv6PrefixLen|MacAddress)|HostConfig\.(ContainerIDFile|CgroupnsMode|ConsoleSize\.\d)|Config\.(Image|CreateCommand\.\d+|AttachStdin|AttachStdout|AttachStderr|StdinOnce|Volumes.*|Passwd|(Cmd|Entrypoint)(\.\d+)?))$/;

describe.each(recorded)('$name', ({ words, old, made, image }) => {
  const pair = (printed: Inspected): InspectedPair => ({ printed, image });

  test('what was made anew is found equal', () => {
    expect(differences(pair(old), pair(made))).toEqual([]);
    expect(uncarried(old)).toEqual([]);
  });

  test('all of it is said again', () => {
    expect(runWords(readContainer(old, image).settings).words).toEqual(words);
  });

  test('each value that changes is named, but for those that say nothing', () => {
    const unnamed = pathsOf(made).filter(
      (path) => differences(pair(old), pair(changedAt(made, path))).length === 0,
    );
    expect(unnamed.map((path) => path.join('.')).filter((path) => !silent.test(path))).toEqual([]);
    expect(pathsOf(made).length - unnamed.length).toBeGreaterThan(100);
  });

  test('no value is told, as it may be secret', () => {
    const others = changedAt(made, ['Config', 'Env', '0']);
    expect(differences(pair(old), pair(others)).join()).not.toContain('changed');
    expect(JSON.stringify(differences(pair(old), pair({})))).not.toContain('hidden');
  });
});

test('what an engine writes when a container starts is no difference', () => {
  const { old, made, image } = recorded.find(({ name }) => name === 'podman')!;
  const started = structuredClone(old);
  Object.assign(started.Config.Annotations, {
    'io.container.manager': 'libpod',
    'io.kubernetes.cri-o.Created': '2026-01-01T00:00:00Z',
    'org.opencontainers.image.stopSignal': '10',
  });
  started.Config.Env.push('HOSTNAME=runner', 'HOME=/root');
  Object.assign(started.State, { Status: 'running', Running: true, Pid: 17 });
  Object.assign(started.NetworkSettings, { SandboxKey: '/run/netns/x', IPAddress: '10.0.0.2' });
  expect(differences({ printed: started, image }, { printed: made, image })).toEqual([]);
});

/** The paths of all values, the items of lists by their place. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]));
}

function changedAt(value: unknown, [key, ...rest]: readonly string[]): Inspected {
  if (key === undefined) return changed(value) as Inspected;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = changedAt(copy[key], rest);
  return copy as Inspected;
}

function changed(value: unknown): unknown {
  if (typeof value === 'number') return value + 7;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return ['changed'];
  if (value === null) return ['changed'];
  return typeof value === 'object' ? { changed: 'changed' } : `${value}-changed`;
}
