import { existsSync } from 'node:fs';
import { ask } from './engine.ts';
import type { FoundEngine } from './find.ts';
import { at, textAt, texts } from './inspected.ts';

/** What an engine says of itself that a runner's container needs to know. */
export interface EngineFacts {
  /** Its socket on this machine; absent when it listens elsewhere or nowhere. */
  readonly socket: string | undefined;
  /** Whether that socket is there. */
  readonly isSocketThere: boolean;
  readonly isRootless: boolean;
  /** Whether it labels files for SELinux. */
  readonly isLabelled: boolean;
  /** Whether it is on another machine, where the paths of this one mean nothing. */
  readonly isRemote: boolean;
}

/** Whether an engine knows `host-gateway` as the address of its machine. */
export function knowsGateway({ kind, version }: Pick<FoundEngine, 'kind' | 'version'>): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [from, fromMinor] = kind === 'podman' ? [4, 7] : [20, 10];
  return Number.isNaN(major) || major > from || (major === from && minor >= fromMinor);
}

/** Asks an engine for its socket and its ways; what it does not say counts as usual. */
export async function engineFacts(engine: FoundEngine): Promise<EngineFacts> {
  const answer = await ask(engine, ['info', '--format', '{{json .}}'], 30);
  const info: unknown = 'words' in answer ? readJson(answer.words) : {};
  return engine.program === 'docker' ? dockerFacts(engine, info) : podmanFacts(engine, info);
}

async function dockerFacts(engine: FoundEngine, info: unknown): Promise<EngineFacts> {
  const options = texts(at(info, 'SecurityOptions'));
  const place = engine.host ?? (await endpoint(engine));
  const socket = place.startsWith('unix://') ? place.slice('unix://'.length) : undefined;
  return {
    socket,
    isSocketThere: socket !== undefined && existsSync(socket),
    isRootless: options.some((option) => /name=rootless/.test(option)),
    isLabelled: options.some((option) => /name=selinux/.test(option)),
    isRemote: /^(tcp|ssh|https?):/.test(place),
  };
}

// The context that is in use names it; DOCKER_HOST shows there, too.
async function endpoint(engine: FoundEngine): Promise<string> {
  const answer = await ask(engine, ['context', 'inspect']);
  const [context] = 'words' in answer ? (readJson(answer.words) as unknown[]) : [];
  return textAt(context, 'Endpoints', 'docker', 'Host') || 'unix:///var/run/docker.sock';
}

function podmanFacts({ env, host }: FoundEngine, info: unknown): EngineFacts {
  const named = host ?? env.CONTAINER_HOST ?? '';
  const said = textAt(info, 'host', 'remoteSocket', 'path') || '/run/podman/podman.sock';
  const socket = (named.startsWith('unix://') ? named : said).replace(/^unix:\/\//, '');
  return {
    socket,
    isSocketThere: existsSync(socket),
    isRootless: at(info, 'host', 'security', 'rootless') === true,
    isLabelled: at(info, 'host', 'security', 'selinuxEnabled') === true,
    isRemote: /^(tcp|ssh):/.test(named),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
