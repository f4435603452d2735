import { isRecord, readErrorBody } from './error-body.ts';
import { Refusal } from './refusals.ts';
import type { Reply } from './replies.ts';
import type { Call } from './request.ts';

/** Whose CI/CD variables are meant: a project's or group's, by id or path, or those of the instance. */
export type VariableHome =
  | { readonly kind: 'project' | 'group'; readonly of: string }
  | { readonly kind: 'instance' };

/** A CI/CD variable; the value of a hidden one GitLab never shows again. */
export interface Variable {
  readonly value: string | null;
  readonly type: 'env_var' | 'file';
  readonly masked: boolean;
  /** Whether `$` in it is left alone. */
  readonly raw: boolean;
  readonly protected: boolean;
}

/** What can be said of a variable; what is left out stays as it is, or gets GitLab's default. */
export type VariableValues = Partial<Omit<Variable, 'value' | 'type'>> & {
  readonly value: string;
  readonly type?: Variable['type'];
};

/** One variable of a home; `scope` is its environment scope (`*` for all), which the instance does not have. */
export interface VariableName {
  readonly home: VariableHome;
  readonly key: string;
  readonly scope: string;
}

/** The calls about CI/CD variables. Each throws Refusal or Trouble. */
export interface VariableCalls {
  /** Nothing when there is no such variable. */
  variable(accessToken: string, name: VariableName): Promise<Variable | undefined>;
  addVariable(accessToken: string, name: VariableName, values: VariableValues): Promise<void>;
  changeVariable(accessToken: string, name: VariableName, values: VariableValues): Promise<void>;
  removeVariable(accessToken: string, name: VariableName): Promise<void>;
}

/** The calls about variables over a way to send. */
export function variableCalls(send: (call: Call) => Promise<Reply>): VariableCalls {
  const change = async (accessToken: string, name: VariableName, values: VariableValues) => {
    const to = {
      name: 'changeVariable',
      method: 'PUT',
      path: pathOf(name),
      acts: true,
      idempotent: true,
    } as const;
    const body = bodyOf(name, values);
    done(await send({ ...common, ...to, body, accessToken, secrets: secretsOf(values) }), 200);
  };
  return {
    variable: async (accessToken, name) => {
      const to = { name: 'readVariable', method: 'GET', path: pathOf(name) } as const;
      return read(await send({ ...common, ...to, accessToken }), name);
    },
    addVariable: async (accessToken, name, values) => {
      const to = {
        name: 'addVariable',
        method: 'POST',
        path: folderOf(name.home),
        acts: true,
        idempotent: true,
      } as const;
      const body = { key: name.key, ...bodyOf(name, values) };
      const reply = await send({ ...common, ...to, body, accessToken, secrets: secretsOf(values) });
      // An attempt that GitLab answered with an error of its own may have made it already.
      if (reply.answer.attempts > 1 && isTaken(reply)) await change(accessToken, name, values);
      else done(reply, 201);
    },
    changeVariable: change,
    removeVariable: async (accessToken, name) => {
      const to = {
        name: 'removeVariable',
        method: 'DELETE',
        path: pathOf(name),
        reads: false,
        acts: true,
        idempotent: true,
      } as const;
      const reply = await send({ ...common, ...to, accessToken });
      if (!isAbsent(reply)) done(reply, 204);
    },
  };
}

/** True when GitLab refused a value because it cannot mask it (GitLab: app/models/concerns/ci/maskable.rb). */
export const isMaskingRefused = (error: unknown): boolean =>
  error instanceof Refusal && error.status === 400 && /\bvalue: is invalid/.test(error.why ?? '');

const common = { reads: true, acts: false } as const;

const folderOf = (home: VariableHome): string =>
  home.kind === 'instance'
    ? 'admin/ci/variables'
    : `${home.kind}s/${encodeURIComponent(home.of.trim().replace(/^\/+|\/+$/g, ''))}/variables`;

// Where several scopes have the key, GitLab wants to be told which one is meant.
function pathOf({ home, key, scope }: VariableName): string {
  const filter = home.kind === 'instance' ? '' : `?filter[environment_scope]=${encodeURIComponent(scope)}`;
  return `${folderOf(home)}/${key}${filter}`;
}

const secretsOf = ({ value }: VariableValues): string[] => [value];

function bodyOf({ home, scope }: VariableName, { value, type, ...rest }: VariableValues) {
  const scoped = home.kind === 'instance' ? {} : { environment_scope: scope };
  return { value, ...(type && { variable_type: type }), ...rest, ...scoped };
}

function read(reply: Reply, { home, scope }: VariableName): Variable | undefined {
  if (isAbsent(reply)) return undefined;
  done(reply, 200);
  const { body } = reply.answer;
  if (!isRecord(body)) throw reply.refuse();
  const { value, variable_type: type, masked, raw, protected: isProtected, environment_scope: found } = body;
  // A GitLab that does not know the filter answers with the only one there is.
  if (home.kind !== 'instance' && typeof found === 'string' && found !== scope) return undefined;
  return {
    value: typeof value === 'string' ? value : null,
    type: type === 'file' ? 'file' : 'env_var',
    masked: masked === true,
    // GitLab before 15.6 does not know it, and never will by being told again.
    raw: raw !== false,
    protected: isProtected === true,
  };
}

// "404 Variable Not Found", "404 GroupVariable Not Found"; a missing project is another matter.
const isAbsent = ({ answer }: Reply): boolean =>
  answer.status === 404 && /Variable Not Found/i.test(readErrorBody(answer.body).words ?? '');

const isTaken = ({ answer }: Reply): boolean =>
  answer.status === 400 && /already been taken/.test(readErrorBody(answer.body).words ?? '');

function done(reply: Reply, status: number): void {
  if (reply.answer.status !== status || (status !== 204 && reply.answer.body === undefined))
    throw reply.refuse();
}
