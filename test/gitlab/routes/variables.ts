import { authenticate, maintains, ownsGroup, sees } from '../access.ts';
import { empty, forbidden, json, message, notFound } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { checkParams, type Params, type Rule } from '../params.ts';
import { plainVariable, showVariable, type Variable, variableFaults } from '../variable.ts';
import { placeById } from './lookups.ts';
import { paginate, shareRoute } from './shared.ts';

/** CI/CD variables of projects, groups and the instance (gitlab-api.md 7). */
export const variableRoutes: Route[] = [
  ...routesBelow('/projects/:id/variables', 'Variable', projectHome),
  ...routesBelow('/groups/:id/variables', 'GroupVariable', groupHome),
  ...routesBelow('/admin/ci/variables', 'InstanceVariable', instanceHome),
];

function routesBelow(path: `/${string}`, noun: string, homeOf: (call: Call) => string): Route[] {
  const show = (call: Call, variable: Variable) => showVariable(variable, call.state.profile.hiddenVariables);
  const here = (call: Call, home: string) => call.state.variables.filter((each) => each.home === home);
  return [
    shareRoute(`GET ${path}`, (call) => {
      const { items, headers } = paginate(call, here(call, homeOf(call)));
      return json(
        200,
        items.map((each) => show(call, each)),
        headers,
      );
    }),
    shareRoute(`GET ${path}/:key`, (call) =>
      json(200, show(call, findOne(call, here(call, homeOf(call)), noun))),
    ),
    shareRoute(`POST ${path}`, (call) => {
      const { values, home } = enter(call, homeOf, [required('key'), required('value')]);
      const made = fill(plainVariable(home, String(values.key), String(values.value ?? '')), values);
      refuse(call, made, here(call, home));
      call.state.variables.push(made);
      return json(201, show(call, made));
    }),
    shareRoute(`PUT ${path}/:key`, (call) => {
      const { values, home } = enter(call, homeOf, [{ name: 'value', kind: 'string' }]);
      const old = findOne(call, here(call, home), noun);
      const changed = fill({ ...old }, values);
      const others = here(call, home).filter((each) => each !== old);
      refuse(call, changed, others);
      return json(200, show(call, Object.assign(old, changed)));
    }),
    shareRoute(`DELETE ${path}/:key`, (call) => {
      const gone = findOne(call, here(call, homeOf(call)), noun);
      call.state.variables = call.state.variables.filter((each) => each !== gone);
      return empty(204);
    }),
  ];
}

function projectHome(call: Call): string {
  const caller = authenticate(call);
  const project = placeById(call, call.state.projects);
  if (project === undefined || !sees(call.state, caller, project)) throw notFound('Project');
  if (!maintains(call.state, caller, project)) throw forbidden();
  return `project ${project.id}`;
}

function groupHome(call: Call): string {
  const caller = authenticate(call);
  const group = placeById(call, call.state.groups);
  if (group === undefined || !sees(call.state, caller, group)) throw notFound('Group');
  if (!ownsGroup(call.state, caller, group)) throw forbidden();
  return `group ${group.id}`;
}

function instanceHome(call: Call): string {
  if (!authenticate(call).admin) throw forbidden();
  return 'instance';
}

const required = (name: string): Rule => ({ name, kind: 'string', required: true });

// The role is asked before the parameters are read: both happen in `before` hooks at GitLab.
function enter(call: Call, homeOf: (call: Call) => string, own: Rule[]): { values: Params; home: string } {
  const home = homeOf(call);
  const values = checkParams(call.params, { fields: [...own, ...optional(call, home)] });
  return { values, home };
}

function optional(call: Call, home: string): Rule[] {
  const scoped: Rule[] = home === 'instance' ? [] : [{ name: 'environment_scope', kind: 'string' }];
  const hides = home !== 'instance' && call.method === 'POST' && call.state.profile.hiddenVariables;
  return [
    { name: 'protected', kind: 'boolean' },
    { name: 'masked', kind: 'boolean' },
    ...(hides ? [{ name: 'masked_and_hidden', kind: 'boolean' } as const] : []),
    { name: 'raw', kind: 'boolean' },
    { name: 'variable_type', kind: 'string', oneOf: ['env_var', 'file'] },
    ...scoped,
    { name: 'description', kind: 'string' },
  ];
}

function fill(variable: Variable, values: Params): Variable {
  if (typeof values.value === 'string') variable.value = values.value;
  for (const name of ['protected', 'masked', 'raw'] as const) {
    if (typeof values[name] === 'boolean') variable[name] = values[name];
  }
  if (values.masked_and_hidden === true) Object.assign(variable, { masked: true, hidden: true });
  if (typeof values.variable_type === 'string') variable.variableType = values.variable_type;
  if (typeof values.environment_scope === 'string') variable.environmentScope = values.environment_scope;
  if (typeof values.description === 'string') variable.description = values.description;
  return variable;
}

function refuse(call: Call, variable: Variable, others: Variable[]): void {
  const found = variableFaults(variable, others, call.state.profile.masksRaw);
  if (Object.keys(found).length > 0) throw message(400, found);
}

function findOne(call: Call, all: Variable[], noun: string): Variable {
  const filter = call.params.filter as Params | undefined;
  const scope = filter?.environment_scope;
  const found = all.filter(
    (each) => each.key === call.at.key && (scope === undefined || each.environmentScope === scope),
  );
  if (found.length === 0) throw notFound(noun);
  if (found.length === 1) return found[0]!;
  throw message(
    409,
    "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
  );
}
