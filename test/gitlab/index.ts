export type { Certificates } from './certificates.ts';
export { makeCertificates } from './certificates.ts';
export { demoSetup } from './demo.ts';
export type { Recorded, StandIn } from './server.ts';
export { startGitlab } from './server.ts';
export type * from './setup.ts';
