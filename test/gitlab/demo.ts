import type { GitlabSetup } from './setup.ts';

/** A GitLab with one token of each kind, two groups and two projects, and one job to run. */
export const demoSetup: GitlabSetup = {
  legacy: true,
  registrationTokens: [
    { token: 'DEMOinstanceRegToken', type: 'instance' },
    { token: 'GR1348941DEMOgroupRegTokenAA', type: 'group', of: 42 },
    { token: 'GR1348941DEMOprojRegTokenBBB', type: 'project', of: 87 },
  ],
  accessTokens: [
    { token: 'glpat-DEMOcreateRunner00000', scopes: ['create_runner'], admin: true },
    { token: 'glpat-DEMOmanageRunner00000', scopes: ['create_runner', 'manage_runner'], admin: true },
    { token: 'glpat-DEMOapi00000000000000', scopes: ['api'], admin: true },
    { token: 'glpat-DEMOreadApi0000000000', scopes: ['read_api'] },
    { token: 'glpat-DEMOexpired0000000000', scopes: ['api'], expired: true },
    { token: 'glpat-DEMOrevoked0000000000', scopes: ['api'], revoked: true },
  ],
  groups: [
    { id: 42, path: 'acme', name: 'Acme' },
    { id: 43, path: 'acme/tools', name: 'Tools' },
  ],
  projects: [
    { id: 87, path: 'acme/app', name: 'app' },
    { id: 88, path: 'acme/tools/lathe', name: 'lathe' },
  ],
  runners: [
    { id: 1, token: 'glrt-t1_DEMOinstance00000001', type: 'instance', description: 'shared' },
    { id: 2, token: 'glrt-t2_DEMOgroup00000000002', type: 'group', of: [42], description: 'group runner' },
    {
      id: 3,
      token: 'glrt-t3_DEMOproject000000003',
      type: 'project',
      of: [87],
      description: 'project runner',
    },
    { id: 4, token: 'glrtr-DEMOregistered000004', type: 'project', of: [87], description: 'registered' },
    {
      id: 5,
      token: 'glrt-t1_DEMOexpired000000005',
      type: 'instance',
      description: 'expired',
      expiresAt: '2020-01-01T00:00:00.000Z',
    },
  ],
  firstRunnerId: 101,
  job: { name: 'hello', project: 87, script: ['echo hello-from-runner-setup'] },
};
