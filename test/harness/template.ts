import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { valueAt } from '../../src/config/model.ts';
import { readConfig } from '../../src/config/read.ts';

/** The folder of the presets. */
export const templates = resolve(import.meta.dirname, '../../templates');

/** One preset as it stands in templates/: the text and the values of its block, and its sample. */
export async function readTemplateOf(name: string) {
  const text = readFileSync(join(templates, `${name}.toml`), 'utf8');
  const { runners, globals } = await readConfig(text, `${name}.toml`);
  return {
    text,
    runners,
    globals,
    block: runners[0]!,
    ci: readFileSync(join(templates, `${name}.gitlab-ci.yml`), 'utf8'),
  };
}

export interface Job {
  readonly image?: string;
  readonly services?: readonly (string | { readonly name: string; readonly alias?: string })[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly before_script?: readonly string[];
  readonly script: readonly string[];
}

/** The jobs of a .gitlab-ci.yml by name; throws for what is no YAML, or a key given twice. */
export function jobsIn(text: string): Record<string, Job> {
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw fault;
  return document.toJS();
}

/** The images that a job runs: its own and those of its services. */
export const imagesOf = ({ image, services = [] }: Job): string[] => [
  ...(image === undefined ? [] : [image]),
  ...services.map((one) => (typeof one === 'string' ? one : one.name)),
];

/** In what a job of the sample could not work on a runner with the block, one sentence each. */
export function mismatches(block: object, job: Job): string[] {
  const at = (path: string) => valueAt(block, path.split('.'));
  const list = (path: string) => (at(path) ?? []) as readonly unknown[];
  const table = at('executor') === 'kubernetes' ? 'kubernetes' : 'docker';
  const dind = imagesOf({ ...job, image: undefined }).find((image) => /dind/.test(image));
  const volumes = list('docker.volumes').map(String);
  const mounts = [
    ...volumes,
    ...list('kubernetes.volumes.empty_dir').map((one) => String(valueAt(one, ['mount_path']))),
  ];
  const environment = Object.fromEntries(
    list('environment').map((one) => String(one).split(/=(.*)/s).slice(0, 2)),
  );
  const variables: Record<string, string | undefined> = { ...environment, ...job.variables };
  const isPrivileged = at(`${table}.privileged`) === true;
  const mayService = (image: string) =>
    at('docker.services_privileged') === true &&
    list('docker.allowed_privileged_services').some((pattern) => glob(String(pattern)).test(image));
  const hasSocket = volumes.some((volume) => /docker\.sock/.test(volume));
  const usesDocker = job.script.some((line) => /^docker /.test(line));
  const found: [boolean, string][] = [
    [dind !== undefined && !isPrivileged && !mayService(dind), `${dind} needs privileged`],
    [dind !== undefined && hasSocket, `${dind} would get the socket of the host`],
    [dind === undefined && usesDocker && !hasSocket, 'docker has no Docker to talk to'],
    [
      variables.DOCKER_TLS_CERTDIR === '/certs' && !mounts.includes('/certs/client'),
      'TLS needs /certs/client',
    ],
    [dind !== undefined && variables.DOCKER_TLS_CERTDIR === undefined, 'whether there is TLS is not said'],
    [
      variables.DOCKER_TLS_CERTDIR === '' && variables.DOCKER_HOST !== 'tcp://docker:2375',
      'without TLS it is port 2375',
    ],
    [
      table === 'kubernetes' && dind !== undefined && variables.DOCKER_HOST !== 'tcp://docker:2376',
      'in a pod DOCKER_HOST has to name the service',
    ],
  ];
  return found.flatMap(([isWrong, words]) => (isWrong ? [words] : []));
}

// As gitlab-runner matches images: `*` stands for anything but a slash.
const glob = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`);
