import type { Finding } from '../../../app/findings.ts';
import { textIn, textsIn } from '../../../config/model.ts';
import type { Config } from '../../../config/read.ts';
import { type Engine, engineAt, engineVersion, imageId } from '../../../engine/engine.ts';
import {
  engineOfJobs,
  isPodmanAlone,
  type PodmanSocket,
  podmanSocket,
  podmanStart,
} from '../../../engine/podman-socket.ts';
import { isSocketThere } from '../../../engine/socket.ts';
import { grouped } from '../../../text/grouped.ts';
import { bySudo, position } from '../../../text/shell-quote.ts';
import type { World } from '../../../world.ts';
import { type Check, type CheckContext, type CheckResult, together, whoIs } from './check.ts';

/** Asks the Docker or Podman of each runner whose jobs run on this machine: does it answer, are the images there. */
export const engineCheck: Check = { runs: 'online', run: askEngines };

async function askEngines({ config, invocation: { world } }: CheckContext): Promise<CheckResult> {
  const local = [...config.runners.keys()].filter((at) =>
    /^docker(-windows)?$/.test(textIn(config.runners[at]!, 'executor')),
  );
  const hosts = grouped(local, (at) => textIn(config.runners[at], 'docker', 'host'));
  const all = await Promise.all([...hosts].map(([host, users]) => askOne(config, world, host, users)));
  return together(all);
}

async function askOne(config: Config, world: World, host: string, users: number[]): Promise<CheckResult> {
  if (lacksSocket(host, world)) return lackingSocket(config, world, users);
  const engine = engineOfJobs(host, world);
  const { program } = engine;
  const name = `${program}${host === '' ? '' : ` at ${host}`}`;
  const told = await engineVersion(engine);
  const place = whoIs(config, users[0]!);
  // A socket that only Podman could be asked at, and that is not Podman's.
  const isOthers = 'failed' in told && program !== engineAt(host, world.env).program;
  if ('missing' in told || isOthers) {
    const finding = notInstalled(isOthers ? 'docker' : program);
    return { steps: [], findings: [{ severity: 'note', rule: 'engine', place, ...finding }] };
  }
  if ('failed' in told) {
    const failed: Finding = {
      // Who looks may have fewer rights than gitlab-runner.
      severity: /permission denied/i.test(told.failed) ? 'warning' : 'error',
      rule: 'engine',
      place,
      message: `${name} does not respond`,
      why: told.failed,
      next: wayToStart(engine, host, told.failed),
    };
    return { steps: [{ about: name, what: 'engine', ok: false, words: told.failed }], findings: [failed] };
  }
  const images = await Promise.all(users.map((at) => image(config, engine, at)));
  return {
    steps: [
      { about: name, what: 'engine', ok: true, words: `version ${told.words}` },
      ...images.flatMap(({ steps }) => steps),
    ],
    findings: images.flatMap(({ findings }) => findings),
  };
}

const notInstalled = (program: string): Pick<Finding, 'message' | 'next'> => ({
  message: `${program} is not installed here, so the engine was not checked`,
  next: `If jobs run on this machine, install it: ${program === 'podman' ? 'https://podman.io/docs/installation' : 'https://docs.docker.com/engine/install/'}`,
});

// What is asked again by hand answers the same.
function wayToStart({ program, env }: Engine, host: string, said: string): string {
  if (host.includes('podman')) return podmanStart(host);
  if (/permission denied/i.test(said))
    return bySudo('sudo runner-setup doctor', 'Open the terminal with "Run as administrator".');
  if (host !== '') return 'Start the engine at this address, or correct docker.host.';
  if (env.DOCKER_HOST) return 'Start the engine that DOCKER_HOST names, or unset DOCKER_HOST.';
  if (program === 'podman') return podmanStart('unix:///run/podman/podman.sock');
  if (/^no response/.test(said)) return bySudo('sudo journalctl -u docker -n 50', 'Restart Docker Desktop.');
  return bySudo('sudo systemctl enable --now docker', 'Start Docker Desktop.');
}

const lacksSocket = (host: string, world: World): boolean =>
  !host.includes('podman') && isPodmanAlone(world) && !isSocketThere(host, world);

/** What runners lack whose jobs are to run in Podman: a `docker.host` that names its socket. */
async function lackingSocket(config: Config, world: World, users: readonly number[]): Promise<CheckResult> {
  const socket = await podmanSocket(world).catch(() => undefined);
  const findings = users.map((at): Finding => {
    const host = socket?.host ?? 'unix://SOCKET';
    const edit = `runner-setup edit ${position(at)} --preset docker-podman --docker-host ${host}`;
    return {
      severity: 'error',
      rule: 'podman-socket',
      place: whoIs(config, at),
      message: 'docker.host is missing, and only Podman is installed',
      why: `The docker executor requires the Docker API. ${whereOffered(socket)}`,
      next: socket?.answers === false ? `${podmanStart(host)}, then: ${edit}` : edit,
    };
  });
  const words = socket?.answers ? 'Docker API responds' : 'no response';
  const steps = socket
    ? [{ about: `podman at ${socket.host}`, what: 'engine', ok: socket.answers, words } as const]
    : [];
  return { steps, findings };
}

function whereOffered(socket: PodmanSocket | undefined): string {
  if (socket === undefined)
    return "Show the socket of a Podman machine: podman machine inspect --format '{{.ConnectionInfo.PodmanSocket.Path}}'";
  return `Podman provides it at ${socket.host}${socket.answers ? '.' : ', which does not respond yet.'}`;
}

async function image(config: Config, engine: Engine, at: number): Promise<CheckResult> {
  const runner = config.runners[at]!;
  const name = textIn(runner, 'docker', 'image');
  // An image named by a variable is known in the job only.
  if (name === '' || name.includes('$')) return { steps: [], findings: [] };
  const isThere = 'words' in (await imageId(engine, name));
  const policies = textsIn(runner, 'docker', 'pull_policy');
  const mustBe = policies.length > 0 && policies.every((policy) => policy === 'never');
  const words = isThere ? `${name} is on this host` : `${name} is not on this host; the first job pulls it`;
  if (isThere || !mustBe) {
    return { steps: [{ about: whoIs(config, at), what: 'image', ok: true, words }], findings: [] };
  }
  const lacking: Finding = {
    severity: 'error',
    rule: 'image-missing',
    place: whoIs(config, at),
    message: `image ${name} is not on this host, and pull_policy "never" forbids pulling it`,
    next: `${engine.program} pull ${name}`,
  };
  return {
    steps: [{ about: whoIs(config, at), what: 'image', ok: false, words: `${name} is not on this host` }],
    findings: [lacking],
  };
}
