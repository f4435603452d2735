import type { Format } from './format.ts';

const fleet = (form: 'toml' | 'yaml' | 'json') => ({
  isFleet: true,
  load: async () => (await import('./fleet.ts')).fleetFile(form),
});

/** The formats, those of the fleet file first. */
export const formats: Readonly<Record<string, { readonly isFleet?: boolean; load(): Promise<Format> }>> = {
  toml: fleet('toml'),
  yaml: fleet('yaml'),
  json: fleet('json'),
  helm: { load: async () => (await import('./helm.ts')).helm },
  ansible: {
    load: async () => (await import('./ansible.ts')).ansible,
  },
  terraform: {
    load: async () => (await import('./terraform.ts')).terraform,
  },
  'cloud-init': { load: async () => (await import('./cloud-init.ts')).cloudInit },
  nixos: { load: async () => (await import('./nixos.ts')).nixos },
  compose: { load: async () => (await import('./compose.ts')).compose },
};
