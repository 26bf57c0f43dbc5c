import type { ProblemKind } from './problem-kind.ts'

/** Failures of the management API, and of what it starts. */
export const managementProblems = {
  request_invalid: {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct the fields that `detail` names.',
  },
  request_too_large: { status: 413, title: 'The request is too large', remedy: 'Send at most 1 MiB.' },
  origin_forbidden: {
    status: 403,
    title: 'Web pages may not call the management API',
    remedy: 'Use the CLI or the SDK; send no Origin field.',
  },
  broker_unreachable: {
    status: 503,
    title: 'The broker does not answer',
    remedy: 'Start it with `coatcheck serve`.',
  },
  home_unusable: {
    status: 500,
    title: 'A folder of Coatcheck cannot be used',
    remedy: 'Correct what `detail` names: each folder is a real one, yours, and mode 0700.',
  },
  home_in_use: {
    status: 409,
    title: 'Another broker already serves this home',
    remedy: 'Use that broker, or stop it first.',
  },
  not_found: { status: 404, title: 'No such resource', remedy: 'List the resources to see which exist.' },
  secret_not_found: { status: 404, title: 'No such secret', remedy: 'Create it with `coatcheck secret create`.' },
  secret_exists: { status: 409, title: 'A secret of this name exists', remedy: 'Rotate it, or choose another name.' },
  secret_changed: { status: 409, title: 'The secret was changed at the same time', remedy: 'Read it, and try again.' },
  secret_weak: {
    status: 422,
    title: 'The value is too short to be scrubbed from replies',
    remedy: 'Use a value of at least 16 bytes, or pass `weak: true` and have such replies blocked.',
  },
  secret_unusable: {
    status: 422,
    title: 'The value cannot be sent by this injector',
    remedy: 'Remove line breaks and control characters from the value.',
  },
  scope_invalid: { status: 422, title: 'The scope is not valid', remedy: 'Write the scope as `detail` says.' },
  value_required: {
    status: 403,
    title: 'Widening a scope needs the value of the secret',
    remedy: 'Send the present value in `value`, or narrow the scope instead.',
  },
  source_forbidden: {
    status: 403,
    title: 'Sources come only from the operator’s own configuration',
    remedy: 'Send the value itself, or declare the source in the configuration file.',
  },
  provider_not_found: {
    status: 404,
    title: 'No such provider',
    remedy: 'Name a provider of the catalog, or give scopes.',
  },
  provider_unknown: {
    status: 422,
    title: 'No provider is known for this variable',
    remedy: 'Store the value as a secret with scopes, and attach that.',
  },
  sandbox_not_found: { status: 404, title: 'No such sandbox', remedy: 'Create a sandbox first.' },
  profile_not_found: { status: 404, title: 'No such profile', remedy: 'Use `dev`, `locked` or `open`.' },
  launch_impossible: {
    status: 501,
    title: 'This host cannot start a fenced sandbox',
    remedy: 'Install or allow what `detail` names.',
  },
  mount_forbidden: {
    status: 422,
    title: 'This folder cannot be mounted',
    remedy: 'Mount another folder, or change what `reason` names.',
  },
} as const satisfies Record<string, ProblemKind>
