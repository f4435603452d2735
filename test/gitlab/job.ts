import type { JobSetup } from './setup.ts';
import type { State } from './state.ts';

/** The queued job and how far it has come. */
export interface Job {
  setup: JobSetup;
  id: number;
  token: string;
  status: 'queued' | 'pending' | 'running' | 'success' | 'failed';
  runnerId: number | undefined;
  /** The log so far. */
  trace: Buffer;
  /** What the last update said. */
  lastUpdate: Record<string, unknown> | undefined;
  pollsLeft: number;
}

/** A job that waits for a runner. */
export function queueJob(setup: JobSetup): Job {
  return {
    setup,
    id: setup.id ?? 1001,
    token: setup.token ?? 'glcbt-madeJobToken00000001',
    status: 'queued',
    runnerId: undefined,
    trace: Buffer.alloc(0),
    lastUpdate: undefined,
    pollsLeft: setup.pollsBeforeDone ?? 0,
  };
}

/** What a runner is handed for a job (gitlab-api.md 8); it needs no repository. */
export function jobPayload(state: State, job: Job): Record<string, unknown> {
  const project = state.projects.find((each) => each.id === job.setup.project);
  const path = project?.path ?? 'acme/app';
  const timeout = job.setup.timeout ?? 3600;
  const name = job.setup.name ?? 'hello';
  return {
    id: job.id,
    token: job.token,
    allow_git_fetch: true,
    job_info: jobInfo(state, job, { name, path }),
    git_info: gitInfo(state, job, path),
    runner_info: { timeout, runner_session_url: null },
    inputs: [],
    variables: variables(state, job),
    steps: [
      {
        name: 'script',
        script: job.setup.script ?? ['echo hello'],
        timeout,
        when: 'on_success',
        allow_failure: false,
      },
    ],
    hooks: [],
    image: job.setup.image === undefined ? null : { name: job.setup.image },
    services: [],
    artifacts: null,
    cache: [],
    credentials: [],
    dependencies: [],
    features: {
      trace_sections: true,
      token_mask_prefixes: ['glpat-'],
      failure_reasons: [
        'unknown_failure',
        'script_failure',
        'runner_system_failure',
        'job_execution_timeout',
        'image_pull_failure',
      ],
    },
  };
}

function jobInfo(state: State, job: Job, { name, path }: { name: string; path: string }) {
  const group = state.groups.find((each) => path.startsWith(`${each.path}/`));
  return {
    id: job.id,
    name,
    stage: 'test',
    project_id: job.setup.project ?? 1,
    project_name: path.split('/').at(-1),
    project_full_path: path,
    namespace_id: group?.id ?? 1,
    root_namespace_id: group?.id ?? 1,
    organization_id: 1,
    user_id: 7,
    pipeline_id: 500,
    time_in_queue_seconds: 1,
    project_jobs_running_on_instance_runners_count: '0',
    instance_id: 'i',
    instance_uuid: 'u',
  };
}

function gitInfo(state: State, job: Job, path: string) {
  const address = new URL(state.url);
  return {
    repo_url: `${address.protocol}//gitlab-ci-token:${job.token}@${state.url.split('//')[1]}/${path}.git`,
    repo_object_format: 'sha1',
    ref: 'main',
    sha: '91956efe32fb7bef54f378d90c9bd74c19025872',
    before_sha: '0'.repeat(40),
    ref_type: 'branch',
    refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
    depth: 1,
    protected: false,
  };
}

function variables(state: State, job: Job) {
  const shown = (key: string, value: string) => ({ key, value, public: true, masked: false });
  return [
    // Without this the runner would want to clone.
    shown('GIT_STRATEGY', 'none'),
    shown('CI_JOB_ID', String(job.id)),
    { key: 'CI_JOB_TOKEN', value: job.token, public: false, masked: true },
    shown('CI_SERVER_URL', state.url),
    shown('CI_PROJECT_ID', String(job.setup.project ?? 1)),
    ...Object.entries(job.setup.variables ?? {}).map(([key, value]) => shown(key, value)),
  ];
}
