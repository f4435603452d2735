import { isIP } from 'node:net';
import {
  isTable,
  isTables,
  makeTable,
  type Table,
  textsIn,
  type Value,
  valueAt,
} from '../../../config/model.ts';
import { isZero } from './format.ts';

/** What `[runners.docker]` is as `[runners.kubernetes]`, and what of it is nothing there. */
interface Mapped {
  readonly kubernetes: Table;
  readonly omitted: readonly { readonly key: string; readonly why: string }[];
}

/** Makes settings of the Kubernetes executor from those of the Docker executor, as far as there are such. */
function kubernetesOf(docker: Table): Mapped {
  const kubernetes = makeTable();
  const omitted: { key: string; why: string }[] = [];
  for (const [key, value] of Object.entries(docker)) {
    if (isZero(value)) continue;
    const kept = Object.hasOwn(alike, key) ? { [alike[key]!]: value } : converted(key, value);
    if (kept !== undefined) Object.assign(kubernetes, kept);
    const why = kept === undefined ? (reasons[key] ?? noSuch) : undefined;
    if (why !== undefined) for (const path of pathsOf(key, value)) omitted.push({ key: path, why });
  }
  const { volumes, hostPaths } = volumesOf(textsIn(docker, 'volumes'), docker.shm_size);
  if (volumes !== undefined) kubernetes.volumes = volumes;
  for (const path of hostPaths)
    omitted.push({
      key: `docker.volumes (${path})`,
      why: 'A path of this machine is not on the nodes of a cluster.',
    });
  for (const line of hostsOf(textsIn(docker, 'extra_hosts')).others)
    omitted.push({
      key: `docker.extra_hosts (${line})`,
      why: 'A host alias of a pod requires an IP address.',
    });
  return { kubernetes, omitted };
}

const noSuch = 'The Kubernetes executor has no such setting.';

// What means the same to both.
const alike: Readonly<Record<string, string>> = {
  image: 'image',
  privileged: 'privileged',
  allowed_images: 'allowed_images',
  allowed_services: 'allowed_services',
  allowed_pull_policies: 'allowed_pull_policies',
  allowed_users: 'allowed_users',
  pull_policy: 'pull_policy',
  helper_image: 'helper_image',
  helper_image_flavor: 'helper_image_flavor',
  cap_add: 'cap_add',
  cap_drop: 'cap_drop',
  cpus: 'cpu_limit',
  service_cpus: 'service_cpu_limit',
};

const sizes: Readonly<Record<string, string>> = {
  memory: 'memory_limit',
  memory_reservation: 'memory_request',
  service_memory: 'service_memory_limit',
  service_memory_reservation: 'service_memory_request',
};

function converted(key: string, value: Value): Record<string, Value> | undefined {
  if (Object.hasOwn(sizes, key)) {
    const size = quantityOf(value);
    return size === undefined ? undefined : { [sizes[key]!]: size };
  }
  if (key === 'services' && isTables(value)) return { services: value };
  if (key === 'extra_hosts') {
    const { aliases } = hostsOf(textsIn({ value }, 'value'));
    return aliases.length === 0 ? {} : { host_aliases: aliases };
  }
  // Both are dealt with together.
  return key === 'volumes' || key === 'shm_size' ? {} : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  host: 'Pods do not use the Docker daemon.',
  tls_cert_path: 'Pods do not use the Docker daemon.',
  tls_verify: 'Pods do not use the Docker daemon.',
  cache_dir: 'Volumes of jobs are not kept; use [runners.cache] with object storage.',
  dns: 'Use dns_config and dns_policy of [runners.kubernetes].',
  dns_search: 'Use dns_config and dns_policy of [runners.kubernetes].',
  runtime: 'The cluster requires a RuntimeClass; set runtime_class_name.',
  gpus: 'Use pod_spec of [runners.kubernetes] with the resource of the device plugin.',
  security_opt: 'Use build_container_security_context of [runners.kubernetes].',
  user: 'Use build_container_security_context of [runners.kubernetes].',
  container_labels: 'Use pod_labels of [runners.kubernetes].',
  tmpfs: 'Use [[runners.kubernetes.volumes.empty_dir]].',
  memory: 'The size is not a Docker size.',
};

const pathsOf = (key: string, value: Value): string[] =>
  isTable(value) ? Object.keys(value).map((name) => `docker.${key}.${name}`) : [`docker.${key}`];

/** A size of Docker, such as `512m`, as a quantity of Kubernetes, where that would be half a byte. */
function quantityOf(value: Value): string | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?([bkmgt]?)i?b?$/i.exec(String(value)) ?? [];
  if (digits === undefined) return undefined;
  const suffix = { k: 'Ki', m: 'Mi', g: 'Gi', t: 'Ti' }[unit.toLowerCase()] ?? '';
  return digits + suffix;
}

/** The hosts as aliases of a pod, and those of them that have no IP address, such as Docker's `host-gateway`. */
function hostsOf(hosts: readonly string[]): { aliases: Table[]; others: string[] } {
  const names = new Map<string, string[]>();
  const others: string[] = [];
  for (const line of hosts) {
    const [, host = '', ip = ''] = /^([^:=]+)[:=]\[?(.*?)\]?$/.exec(line) ?? [];
    if (isIP(ip) === 0) others.push(line);
    else names.set(ip, [...(names.get(ip) ?? []), host]);
  }
  return { aliases: [...names].map(([ip, hostnames]) => makeTable({ ip, hostnames })), others };
}

function volumesOf(volumes: readonly string[], shmSize: Value | undefined) {
  const parts = volumes.map((volume) => volume.split(':'));
  const fresh = parts
    .filter(([path, target]) => target === undefined && path !== '/cache')
    .map(([path = '']) => path);
  const hostPaths = parts.filter(([, target]) => target !== undefined).map((words) => words.join(':'));
  // Jobs have /cache in their own pod only.
  const empty = fresh.map((path, at) => makeTable({ name: `volume-${at + 1}`, mount_path: path }));
  const shm = isZero(shmSize)
    ? []
    : [makeTable({ name: 'shm', mount_path: '/dev/shm', medium: 'Memory', size_limit: String(shmSize) })];
  const all = [...empty, ...shm];
  return { hostPaths, volumes: all.length === 0 ? undefined : makeTable({ empty_dir: all }) };
}

/** The settings of the Kubernetes executor that a runner has, or could have in place of the Docker executor. */
export function kubernetesFor(block: Table): Mapped | undefined {
  const executor = valueAt(block, ['executor']);
  const own = valueAt(block, ['kubernetes']);
  if (executor === 'kubernetes') return { kubernetes: isTable(own) ? own : makeTable(), omitted: [] };
  if (!dockerExecutors.includes(String(executor))) return undefined;
  const docker = valueAt(block, ['docker']);
  return kubernetesOf(isTable(docker) ? docker : makeTable());
}

const dockerExecutors: readonly string[] = [
  'docker',
  'docker-windows',
  'docker+machine',
  'docker-autoscaler',
];
