import type { Format } from './format.ts';

/** The formats of other programs, each with the program that reads it. */
export const formats: Readonly<Record<string, { readonly reader: string; load(): Promise<Format> }>> = {
  helm: { reader: 'the Helm chart gitlab-runner', load: async () => (await import('./helm.ts')).helm },
  ansible: {
    reader: 'the Ansible role riemers.gitlab-runner',
    load: async () => (await import('./ansible.ts')).ansible,
  },
  terraform: {
    reader: 'Terraform with the provider gitlabhq/gitlab',
    load: async () => (await import('./terraform.ts')).terraform,
  },
  'cloud-init': { reader: 'cloud-init', load: async () => (await import('./cloud-init.ts')).cloudInit },
  nixos: { reader: 'NixOS', load: async () => (await import('./nixos.ts')).nixos },
  compose: { reader: 'Docker Compose', load: async () => (await import('./compose.ts')).compose },
};
