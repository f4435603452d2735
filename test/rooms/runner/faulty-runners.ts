import type { Table } from '../../../src/config/model.ts';

/** What a runner has that no rule finds fault with. */
export const healthy = {
  url: 'https://gitlab.example.com',
  token: 'glrt-t3_oneoneoneoneone01',
  executor: 'shell',
};

/** A runner with containers and the given keys in its [runners.docker]. */
export const docker = (table: Table) => ({
  executor: 'docker',
  docker: { image: 'alpine:3.22', ...table },
});

const kubernetes = (table: Table) => ({
  executor: 'kubernetes',
  kubernetes: { image: 'alpine:3.22', ...table },
});

const fleet = (table: Table, policy: Table = {}) => ({
  ...docker({}),
  executor: 'docker-autoscaler',
  autoscaler: { plugin: 'aws', capacity_per_instance: 1, max_instances: 1, ...table, policy: [policy] },
});

const machine = (table: Table) => ({
  ...docker({}),
  executor: 'docker+machine',
  machine: { MachineDriver: 'amazonec2', MachineName: 'ci-%s', ...table },
});

const windows = (volume: string) => ({ ...docker({ volumes: [volume] }), executor: 'docker-windows' });

const dind = { name: 'docker:dind' };
const socket = '/var/run/docker.sock:/var/run/docker.sock';
const auth = (config: object) => ({
  ...docker({}),
  environment: [`DOCKER_AUTH_CONFIG=${JSON.stringify(config)}`],
});

type Faulty = [runner: Table, globals?: Table];

/** For each rule by its id, a runner that it finds, with the top of its file. */
export const faultyRunners: Readonly<Record<string, Faulty>> = {
  concurrent: [{}, { concurrent: 0 }],
  'long-polling': [{}, { concurrent: 4 }],
  'listen-address': [{}, { listen_address: '9252' }],
  'session-server': [{}, { session_server: { listen_address: '0.0.0.0:8093' } }],
  template: [{ name: '{{ name }}' }],
  limit: [{ limit: 3 }, { concurrent: 2 }],
  'request-concurrency': [{ request_concurrency: 3 }, { concurrent: 2 }],
  executor: [{ executor: 'dokcer' }],
  'unused-table': [{ executor: 'shell', docker: { image: 'alpine:3.22' } }],
  url: [{ url: 'gitlab.example.com' }],
  'project-page': [{ url: 'https://gitlab.example.com/group/project' }],
  'token-kind': [{ token: 'glpat-oneoneoneoneoneone1' }],
  'token-placeholder': [{ token: 'YOUR_TOKEN' }],
  'registered-runner': [{ token: 'glrtr-oneoneoneoneoneone1' }],
  'docker-machine': [{ executor: 'docker+machine', machine: { MachineName: 'm-%s' } }],
  expiry: [{ token_expires_at: '2026-03-02T00:00:00Z' }],
  'list-for-table': [docker({ sysctls: ['net.core.somaxconn=1024'] })],
  privileged: [docker({ privileged: true })],
  socket: [docker({ volumes: [socket] })],
  'dind-certificates': [docker({ privileged: true })],
  'dind-privileged': [docker({ services: [dind] })],
  'dind-socket': [docker({ services: [dind], volumes: [socket] })],
  volume: [docker({ volumes: ['~/.m2:/root/.m2'] })],
  'volume-twice': [docker({ volumes: ['/cache', '/srv:/cache/'] })],
  'pull-policy': [docker({ pull_policy: 'never', allowed_pull_policies: ['always'] })],
  'image-name': [docker({ image: 'Alpine:3.22' })],
  'helper-image': [docker({ helper_image: 'registry.example.com/gitlab-runner:v19.4.0' })],
  memory: [docker({ memory: '512' })],
  'shm-size': [docker({ shm_size: 64 })],
  'tls-verify': [docker({ tls_verify: true, host: 'tcp://10.0.0.5:2376' })],
  network: [{ ...docker({ network_mode: 'host' }), feature_flags: { FF_NETWORK_PER_BUILD: true } }],
  dns: [docker({ dns: ['dns.example.com'] })],
  'extra-hosts': [docker({ extra_hosts: ['gitlab.corp.test'] })],
  'extra-host-loopback': [docker({ extra_hosts: ['gitlab.corp.test:127.0.0.1'] })],
  'registry-auth': [{ ...docker({}), environment: ['DOCKER_AUTH_CONFIG={}'] }],
  'registry-login': [auth({ auths: { 'registry.example.com': { auth: 'user:pass' } } })],
  'credential-store': [auth({ auths: { 'registry.example.com': {} }, credsStore: 'desktop' })],
  'git-ssl-no-verify': [{ environment: ['GIT_SSL_NO_VERIFY=1'] }],
  'feature-flag': [{ feature_flags: { network_per_build: true } }],
  cache: [{ cache: { Type: 's4' } }],
  'cache-loopback': [
    { ...docker({}), cache: { Type: 's3', s3: { BucketName: 'b', ServerAddress: 'localhost:9000' } } },
  ],
  toleration: [kubernetes({ node_tolerations: { 'ci=true:NoSchedule': '' } })],
  'volume-name-twice': [
    kubernetes({
      volumes: {
        empty_dir: [
          { name: 'x', mount_path: '/a' },
          { name: 'x', mount_path: '/b' },
        ],
      },
    }),
  ],
  'empty-dir-medium': [
    kubernetes({ volumes: { empty_dir: [{ name: 'x', mount_path: '/a', medium: 'tmpfs' }] } }),
  ],
  'request-above-limit': [kubernetes({ memory_request: '2Gi', memory_limit: '512Mi' })],
  periods: [fleet({}, { periods: ['* * 9-17 * * mon-fri *'] })],
  'time-zone': [fleet({}, { timezone: 'Berlin' })],
  'idle-count': [machine({ IdleCount: -1 })],
  'machine-name': [machine({ MachineName: 'ci' })],
  capacity: [fleet({ capacity_per_instance: 4, max_instances: 5 })],
  value: [docker({ memory: 'much' })],
};

/** More runners that the same rules find, each kind of fault once; the name is only for people. */
export const otherFaults: Readonly<Record<string, Faulty>> = {
  'a metrics address that is a URL': [{}, { listen_address: 'http://0.0.0.0:9252' }],
  'a session server without a port': [{}, { session_server: { listen_address: '0.0.0.0' } }],
  'an advertised address with a scheme': [
    {},
    { session_server: { listen_address: ':8093', advertise_address: 'https://runner.corp.test:8093' } },
  ],
  'an address in quotes': [{ url: '"https://gitlab.example.com"' }],
  'a project as clone_url': [{ clone_url: 'https://gitlab.example.com/group/project.git' }],
  'a token in quotes': [{ token: '"glrt-oneoneoneone"' }],
  'tolerations as Kubernetes writes them': [
    kubernetes({ node_tolerations: [{ key: 'ci', value: 'true', effect: 'NoSchedule' }] }),
  ],
  'a selector as a list': [kubernetes({ node_selector: ['disk=ssd'] })],
  'feature flags as a list': [{ feature_flags: ['FF_USE_FASTZIP=true'] }],
  'a list that holds no pairs': [docker({ sysctls: ['somaxconn'] })],
  'a flag in the environment': [{ environment: ['FF_NETWORK_PER_BULD=1'] }],
  'a flag that is near to nothing': [{ feature_flags: { FF_OTHER: true } }],
  'the home of nobody': [docker({ volumes: ['$HOME/.m2:/root/.m2'] })],
  'a Windows path in Linux': [docker({ volumes: ['C:\\cache:C:\\cache'] })],
  'a Unix path in Windows': [windows('/cache')],
  'another drive': [windows('d:\\nuget:d:\\nuget')],
  'one target in two spellings': [docker({ volumes: ['/cache', '/srv:/a/..//cache/.'] })],
  'an image in quotes': [docker({ image: '"alpine:3.22"' })],
  'an image that is a URL': [docker({ image: 'https://registry.example.com/group/image:1' })],
  'an image with an empty tag': [kubernetes({ image: 'alpine:' })],
  'a service in capitals': [docker({ services: [{ name: 'Postgres:17' }] })],
  'the runner as helper': [kubernetes({ helper_image: 'gitlab/gitlab-runner:latest' })],
  'memory below the least': [docker({ memory: '5m' })],
  'swap below memory': [docker({ memory: '2g', memory_swap: '1g' })],
  'swap without memory': [docker({ memory_swap: '1g' })],
  'a reservation above memory': [docker({ memory: '1g', memory_reservation: '2g' })],
  'shared memory below 0': [docker({ shm_size: -1 })],
  'TLS on a socket': [docker({ tls_verify: true })],
  'a helper for desktops': [auth({ credHelpers: { 'registry.example.com': 'osxkeychain' } })],
  'a mistyped effect': [kubernetes({ node_tolerations: { 'ci=true': 'noschedule' } })],
  'the socket of a node': [
    kubernetes({
      volumes: {
        host_path: [{ name: 's', mount_path: '/var/run/docker.sock', host_path: '/var/run/docker.sock' }],
      },
    }),
  ],
  'Docker-in-Docker in a pod': [kubernetes({ services: [dind] })],
  'a medium that is none': [
    kubernetes({ volumes: { empty_dir: [{ name: 'x', mount_path: '/a', medium: 'disk' }] } }),
  ],
  'a time zone in other letters': [fleet({}, { timezone: 'europe/berlin' })],
  'an idle count of a policy': [fleet({}, { idle_count: -2 })],
  'a limit above the machines': [{ ...fleet({}), limit: 5 }, { concurrent: 5 }],
  'no executor beside [runners.kubernetes]': [{ ...kubernetes({}), executor: '' }],
  'a word of a choice': [docker({ isolation: 'hyper-v' })],
};
