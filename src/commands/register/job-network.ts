import type { Trusted } from '../../app/gitlab-address.ts';
import { caFile, caFileFor, localNameOf, oddHost, placeOf } from '../../app/job-network.ts';
import { answers, tryInside } from '../../app/probe-container.ts';
import { type Table, textsIn, valueAt } from '../../config/model.ts';
import { engineOfJobs } from '../../engine/podman-socket.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import {
  addressesOf,
  hostsFileOf,
  isAddress,
  isLoopbackName,
  nameServers,
  wordsOnName,
} from '../../host/names.ts';
import { blockOf } from '../../runner/block.ts';
import { withEdits } from '../../runner/edit.ts';
import { handsCa } from '../../runner/job-network.ts';
import { type GapInput, gapsOf } from '../../runner/network-gaps.ts';
import type { HandedCa, LocalHost, OutsideName } from '../../settings/questions.ts';
import { spin } from '../../terminal/spin.ts';
import type { World } from '../../world.ts';
import { chainFile, connectionOptionsFor, type RegisterContext } from './plan.ts';
import type { Looks } from './wizard.ts';

/** The looks of the wizard at how jobs will reach GitLab: its name, its certificate, and a container to try. */
export function looksAtReach(
  context: RegisterContext,
  accepted: () => Trusted | undefined,
): Pick<Looks, 'reach' | 'engine' | 'inside'> {
  const { dryRun } = context;
  return {
    async reach(words) {
      const url = new URL(words);
      const localHost = await localHostOf(url, context);
      const outside = dryRun ? undefined : await outsideOf(url, context, accepted());
      const ca = caOf(url, context, accepted());
      return { ...(localHost && { localHost }), ...(outside && { outside }), ...(ca && { ca }) };
    },
    async engine({ executor, dockerHost = '' }) {
      if (dryRun || executor !== 'docker') return false;
      return answers(context, engineOfJobs(dockerHost, context.world));
    },
    inside: (settings) => tryInside(context, blockOf(settings, undefined)),
  };
}

async function localHostOf(
  url: URL,
  { world, say, dryRun }: RegisterContext,
): Promise<LocalHost | undefined> {
  const none = { loopback: undefined, hosts: [], servers: [], ca: undefined };
  if (isLoopbackName(url.hostname)) {
    const words = `in a container, ${url.hostname} is the container itself.`;
    return { words, isMachine: true, proposed: proposing(world, { ...none, loopback: url }) };
  }
  if (isAddress(url.hostname)) return undefined;
  const name = await spin(world, say, `Looking up ${url.hostname}`, () =>
    localNameOf(url.hostname, world, { isOffline: dryRun }),
  );
  if (name === undefined) return undefined;
  const host = oddHost(name);
  const sentence = `${name.name} ${wordsOnName(name)}.`;
  if (!host.isKnownToDns)
    return { words: sentence, isMachine: false, proposed: proposing(world, { ...none, hosts: [host] }) };
  const words = `${sentence} Set it for jobs only if their DNS cannot resolve it.`;
  return { words, isMachine: false, proposed: () => ({}), servers: await nameServers() };
}

// What was answered already is no reason to propose less.
const proposing =
  (world: World, around: Omit<GapInput, 'place'>): LocalHost['proposed'] =>
  ({ executor = '', dockerHost = '', cloneUrl }) => {
    const bare: Table = { executor, docker: { host: dockerHost } };
    const edits = gapsOf(bare, { ...around, place: placeOf(bare, world) }).flatMap((gap) => gap.edits);
    const told = withEdits(bare, edits);
    const address = valueAt(told, ['clone_url']) as string | undefined;
    // Who clones from elsewhere needs no name of the machine.
    const isElsewhere = cloneUrl !== undefined && address !== undefined && cloneUrl !== address;
    return { entry: isElsewhere ? undefined : textsIn(told, 'docker', 'extra_hosts')[0], cloneUrl: address };
  };

async function outsideOf(
  url: URL,
  context: RegisterContext,
  trusted: Trusted | undefined,
): Promise<OutsideName | undefined> {
  const { world, say, known } = context;
  const { externalUrl } = await import('../../gitlab/external-url.ts');
  const way = connectionOptionsFor(context, known, url.hostname, trusted);
  const outside = await spin(world, say, 'Asking GitLab for its external URL', () =>
    externalUrl(url.href, way),
  );
  if (outside === undefined || sameGitlab(outside, url.href)) return undefined;
  const addresses = await addressesOf(new URL(outside).hostname, hostsFileOf(world));
  return { url: outside, isKnown: addresses.length > 0 };
}

function caOf(
  url: URL,
  { world, file, settings }: RegisterContext,
  trusted: Trusted | undefined,
): HandedCa | undefined {
  const found = trusted
    ? caFile(chainFile(file.path, trusted))
    : caFileFor(url, settings.tlsCaFile ?? '', file.path, world);
  return found && { remark: found.remark.trim(), isHanded: handsCa };
}
