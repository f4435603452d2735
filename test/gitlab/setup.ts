export type RunnerKind = 'instance' | 'group' | 'project';
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a stand-in knows when it starts; serialisable as JSON, so a test case can keep it in a file. */
export interface GitlabSetup {
  /** Relative URL root, such as "/gitlab". */
  root?: string;
  https?: boolean | HttpsSetup;
  /** The address it goes by; default the one it was asked at. */
  externalUrl?: string;
  /** Default "19.4.0-ee"; what differs between versions follows from it. */
  version?: string;
  /** Are registration tokens allowed: default no from 17.0 on, yes before. */
  legacy?: boolean | { instance?: boolean; groups?: Record<string, boolean> };
  /** Which kinds non-admins may register runners for; default both. */
  registrars?: ('group' | 'project')[];
  registrationTokens?: { token: string; type: RunnerKind; of?: number }[];
  accessTokens?: AccessTokenSetup[];
  groups?: GroupSetup[];
  projects?: ProjectSetup[];
  runners?: RunnerSetup[];
  variables?: VariableSetup[];
  /** Instance-wide token prefix, written before "glrt-" with a dash. */
  tokenPrefix?: string;
  /** Id of the next created runner; default one more than the highest given. */
  firstRunnerId?: number;
  /** Runners allowed per group and per project; default 1000. */
  runnerLimit?: number;
  /** Seconds that created and reset tokens live; default for ever. */
  tokenLifetime?: number;
  /** Admin acts need scope admin_mode as well. */
  adminMode?: boolean;
  /** A fixed clock (ISO 8601); default the real one. */
  now?: string;
  faults?: Fault[];
  job?: JobSetup;
  pendingJobs?: PendingJobSetup[];
}

/** A job that waits for a runner, as the list of a project shows it. */
export interface PendingJobSetup {
  id: number;
  project: number;
  name?: string;
  tags?: string[];
}

export interface HttpsSetup {
  /** Names and addresses beside localhost, 127.0.0.1 and ::1. */
  names?: string[];
  selfSigned?: boolean;
  expired?: boolean;
  /** The leaf is for elsewhere.example.com only. */
  wrongName?: boolean;
  requireClientCertificate?: boolean;
  /** Is the CA sent behind the leaf; default yes. */
  sendCa?: boolean;
}

export interface AccessTokenSetup {
  token: string;
  scopes: string[];
  /** Default "dev", who owns every group and project that names nobody. */
  user?: string;
  admin?: boolean;
  auditor?: boolean;
  blocked?: boolean;
  expired?: boolean;
  revoked?: boolean;
  /** Default "automation". */
  name?: string;
  /** A date such as 2027-01-31; default none. */
  expiresAt?: string;
}

export interface GroupSetup {
  id: number;
  path: string;
  name?: string;
  owners?: string[];
  maintainers?: string[];
  /** Only members can see it. */
  private?: boolean;
}

export interface ProjectSetup extends GroupSetup {
  description?: string;
}

export interface RunnerSetup {
  id: number;
  token: string;
  /** As many of this kind, with the ids that follow; the id ends the token and the description of all but the first. */
  count?: number;
  type: RunnerKind;
  /** Ids of its groups or projects. */
  of?: number[];
  description?: string;
  paused?: boolean;
  locked?: boolean;
  tags?: string[];
  runUntagged?: boolean;
  accessLevel?: 'not_protected' | 'ref_protected';
  maximumTimeout?: number;
  maintenanceNote?: string;
  expiresAt?: string;
  rotationDeadline?: string;
  contactedAt?: string;
  /** Default now. */
  createdAt?: string;
  /** Made by legacy registration; default told by the token's prefix. */
  registered?: boolean;
  /** Has lost its owner: refused by 17.9 to 18.x. */
  orphaned?: boolean;
  managers?: ManagerSetup[];
  jobs?: RunnerJobSetup[];
}

/** A job that a runner has or had. */
export interface RunnerJobSetup {
  id: number;
  project: number;
  status: 'running' | 'success' | 'failed' | 'canceled';
  /** Default "test". */
  name?: string;
  /** Whose it is; default no manager in particular. */
  systemId?: string;
  failureReason?: string;
}

export interface ManagerSetup {
  systemId: string;
  version?: string;
  revision?: string;
  platform?: string;
  architecture?: string;
  contactedAt?: string;
  /** Default 127.0.0.1. */
  ipAddress?: string;
}

export interface VariableSetup {
  /** Absent `of` is the instance. */
  of?: { group: number } | { project: number };
  key: string;
  value: string;
  masked?: boolean;
  raw?: boolean;
  hidden?: boolean;
  protected?: boolean;
  environmentScope?: string;
  variableType?: 'env_var' | 'file';
}

/** The one queued job. */
export interface JobSetup {
  id?: number;
  token?: string;
  name?: string;
  project?: number;
  script?: string[];
  image?: string;
  tags?: string[];
  variables?: Record<string, string>;
  /** Seconds. */
  timeout?: number;
  /** How often the final update is answered 202 before it is taken. */
  pollsBeforeDone?: number;
  /** Told in Job-Status while the job runs. */
  cancel?: 'canceling' | 'canceled';
  /** Bytes of log that are accepted. */
  traceLimit?: number;
}

export type RateHeader = 'Retry-After' | 'RateLimit-Reset' | 'RateLimit-ResetTime';

export type FaultKind =
  | 'slow'
  | 'slow-body'
  | 'hang'
  | 'status'
  | 'status-after'
  | 'answer'
  | 'rack-attack'
  | 'app-limit'
  | 'migrations'
  | 'html'
  | 'redirect'
  | 'drop-before'
  | 'drop-after'
  | 'truncate'
  | 'huge'
  | 'not-json'
  | 'no-id';

/** Something that goes wrong on purpose. */
export interface Fault {
  kind: FaultKind;
  /** Method and path below /api/v4, such as "POST /runners/verify" or "GET /runners/:id"; absent is any request. */
  on?: string;
  /** How often; absent is for ever. */
  times?: number;
  /** How many matching requests pass unharmed first. */
  after?: number;
  /** Instead of GitLab's own; `status` answers without acting, `status-after` when GitLab has acted. */
  status?: number;
  /** Milliseconds for slow and slow-body. */
  delay?: number;
  /** Seconds to wait that a 429 tells; default 1, for migrations 60. */
  wait?: number;
  /** Which of the headers with the time to wait are sent; default all. */
  tell?: RateHeader[];
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
  /** For redirect: without a path of its own, that of the request is appended. */
  location?: string;
  /** Bytes for huge; default 20 MiB. */
  size?: number;
}
