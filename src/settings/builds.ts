import type { Settings } from './table.ts';

/** The ways in which jobs can build container images, each with its risk in a line. */
export const imageBuilds = {
  no: { name: 'no', line: 'nothing special is allowed' },
  dind: { name: 'Docker-in-Docker', line: 'privileged: a job can become root on this host' },
  rootless: { name: 'Docker-in-Docker, rootless', line: 'only the dind-rootless service is privileged' },
  socket: { name: "the host's Docker socket", line: 'jobs command this host: equals root on it' },
} as const;

export type ImageBuilds = keyof typeof imageBuilds;

/**
 * The settings that let jobs build images in the chosen way, by GitLab's documentation of Docker-in-Docker and of
 * the restricted privileged mode; volumes are added to the ones that are known.
 */
export function settingsForBuilds(way: ImageBuilds, volumes: readonly string[] = []): Settings {
  const plus = (volume: string) => [...volumes.filter((one) => one !== volume), volume];
  switch (way) {
    case 'no':
      return {};
    case 'dind':
      // The certificates of the service's TLS, on since Docker 19.03, are handed to the job in this volume.
      return { dockerPrivileged: true, dockerVolumes: plus('/certs/client') };
    case 'rootless':
      return {
        dockerServicesPrivileged: true,
        dockerAllowedPrivilegedServices: [
          'docker.io/library/docker:*-dind-rootless',
          'docker:*-dind-rootless',
        ],
      };
    case 'socket':
      return { dockerVolumes: plus('/var/run/docker.sock:/var/run/docker.sock') };
  }
}
