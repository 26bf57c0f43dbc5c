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
  host_forbidden: {
    status: 421,
    title: 'The Host field does not name this listener',
    remedy: 'Call the listener by its address, or start the broker with the URL that clients use.',
  },
  token_invalid: {
    status: 401,
    title: 'The token is missing, unknown, expired or revoked',
    remedy: 'Send a valid token as `Authorization: Bearer …`; create one with `coatcheck token create`.',
  },
  project_not_found: {
    status: 404,
    title: 'No such project',
    remedy: 'List the projects with `coatcheck project list`; a token acts in its own project alone.',
  },
  project_exists: { status: 409, title: 'There is a project of this name', remedy: 'Choose another name.' },
  project_in_use: {
    status: 409,
    title: 'The project still has something in it',
    remedy: 'End its sandboxes and delete what `detail` names; the project `default` stays.',
  },
  member_not_found: {
    status: 404,
    title: 'No such member',
    remedy: 'List the members with `coatcheck member list`.',
  },
  installation_only: {
    status: 403,
    title: 'This concerns the whole installation, and not one project',
    remedy: 'Ask whoever governs the installation: the owner of its home, or a token of the project `default`.',
  },
  token_not_found: { status: 404, title: 'No such token', remedy: 'List the tokens with `coatcheck token list`.' },
  decoy_not_found: { status: 404, title: 'No such decoy', remedy: 'List the decoys with `coatcheck decoy list`.' },
  decoy_limit: {
    status: 409,
    title: 'There are too many decoys',
    remedy: 'Delete those that lie nowhere any more with `coatcheck decoy delete`.',
  },
  approval_not_found: {
    status: 404,
    title: 'No such approval',
    remedy: 'List them with `coatcheck approval list`.',
  },
  approval_decided: {
    status: 409,
    title: 'The approval is not open any more',
    remedy: 'See what became of it with `coatcheck approval show`; a sandbox that still needs it asks anew.',
  },
  approval_for_others: {
    status: 403,
    title: 'The rule names others who may decide',
    remedy: 'Ask one of them; `coatcheck approval show` names them.',
  },
  callback_invalid: {
    status: 401,
    title: 'The callback is not signed for this approval and this moment',
    remedy:
      'Sign it with the key of the webhook as docs/approvals.md describes; each notification can be answered once.',
  },
  role_insufficient: {
    status: 403,
    title: 'The role of the token does not allow this',
    remedy: 'Use a token of the role that `detail` names.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait as long as the Retry-After field says.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The resource does not have this method',
    remedy: 'Use one of the methods in the Allow field.',
  },
  media_type_unsupported: {
    status: 415,
    title: 'The body is not declared as JSON',
    remedy: 'Send the body as `application/json` in UTF-8, without a content coding.',
  },
  precondition_failed: {
    status: 412,
    title: 'The resource is not as If-Match says',
    remedy: 'Read it again, and repeat the change with its present ETag.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    remedy: 'Use a new key for each request, and the same key only to repeat it.',
  },
  tls_required: {
    status: 421,
    title: 'Off loopback, a listener speaks TLS only',
    remedy: 'Give it a certificate and its key, or let it listen on a loopback address; clients call it with https.',
  },
  listeners_unready: {
    status: 503,
    title: 'A listener of the broker takes no connections',
    remedy:
      'Raise the limit of open files (`LimitNOFILE`, `ulimit -n`), or end sandboxes; if it stays so, start the broker again.',
  },
  listen_failed: {
    status: 500,
    title: 'A listener cannot be opened',
    remedy: 'Free the address that `detail` names, or choose another one.',
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
  settings_invalid: {
    status: 422,
    title: 'A setting of the broker is not valid',
    remedy: 'Correct what `detail` names, and start the broker again.',
  },
  workers_down: {
    status: 503,
    title: 'No worker of the broker is listening',
    remedy: 'Wait until one was started again; the broker’s log says what ended them.',
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
  secret_unreachable: {
    status: 422,
    title: 'The network rules of the sandbox deny every destination of the secret',
    remedy: 'Leave out the deny rule that `detail` names, or the secret.',
  },
  rule_invalid: {
    status: 400,
    title: 'The rule cannot be saved',
    remedy: 'Write it as `detail` says; `coatcheck policy lint` checks a list without saving it.',
  },
  value_required: {
    status: 403,
    title: 'Widening a scope or a rule list needs the value of the secret',
    remedy: 'Send the present value in `value`, or narrow the scope instead.',
  },
  source_forbidden: {
    status: 403,
    title: 'Sources come only from the operator’s own configuration',
    remedy: 'Send the value itself, or declare the source in the configuration file.',
  },
  secret_sourced: {
    status: 409,
    title: 'The value of this secret comes from a source',
    remedy: 'Change it there; `coatcheck secret refresh` fetches it at once.',
  },
  provider_not_found: {
    status: 404,
    title: 'No such provider',
    remedy: 'Name a provider of the catalog, or give scopes.',
  },
  provider_exists: {
    status: 409,
    title: 'A provider of this id exists',
    remedy: 'Replace it with `coatcheck provider apply`, or choose another id.',
  },
  provider_built_in: {
    status: 409,
    title: 'A provider of the catalog can be neither replaced nor deleted',
    remedy: 'Choose another id and other variables for a provider of your own, or give the secret scopes.',
  },
  provider_invalid: {
    status: 422,
    title: 'The provider is not valid',
    remedy: 'Correct the field that `detail` names.',
  },
  provider_limit: {
    status: 409,
    title: 'There are too many providers',
    remedy: 'Delete those that no new secret needs; secrets that were made from them keep their scopes.',
  },
  provider_needs_host: {
    status: 422,
    title: 'Each customer of this provider has a host of its own',
    remedy: 'Name your host: `coatcheck secret create NAME --provider ID --to HOST`.',
  },
  variable_taken: {
    status: 409,
    title: 'Another provider reads its secret from this variable',
    remedy: 'Choose another variable, or leave it out and attach the secret by name.',
  },
  provider_unknown: {
    status: 422,
    title: 'No provider is known for this variable',
    remedy: 'Store the value as a secret with scopes, and attach that.',
  },
  sandbox_not_found: {
    status: 404,
    title: 'No such sandbox',
    remedy: 'See which there are with `coatcheck sandbox list`.',
  },
  key_not_found: {
    status: 404,
    title: 'No such virtual key',
    remedy: 'See which there are with `coatcheck key list`.',
  },
  key_unbounded: {
    status: 422,
    title: 'A virtual key has to have rules that deny by default, a cap, and an end',
    remedy: 'Say what it may do, how much of it, and for how long; `detail` says what is missing.',
  },
  key_unsuitable: {
    status: 422,
    title: 'No virtual key can stand for this secret',
    remedy: 'Give a sandbox a grant of it. `detail` says what a key cannot do.',
  },
  secret_ambiguous: {
    status: 409,
    title: 'Several secrets are for this service',
    remedy: 'Name the one that is meant: `--secret NAME`.',
  },
  grant_not_found: {
    status: 404,
    title: 'No such grant',
    remedy:
      'List the living ones with `coatcheck sandbox show`; an ended one does not come back, so attach the secret again.',
  },
  connection_unreachable: {
    status: 409,
    title: 'A sandbox that runs elsewhere has no way in for connections that speak no HTTP',
    remedy:
      'Serve with `--proxy` on loopback, or with `--connections ADDRESS` for sandboxes that have `--from`; or launch the sandbox, or leave the secret out.',
  },
  port_unreachable: {
    status: 409,
    title: 'The gateway of this sandbox does not listen on a port of the destination',
    remedy: 'Start a new sandbox with the secret or the rule; the ports of a launched one are set when it starts.',
  },
  authority_constrained: {
    status: 409,
    title: 'The authority of this sandbox cannot be good for a host of the secret',
    remedy:
      'Register a new sandbox with constrainCa and all the secrets that it needs, each for exact hosts or `*.suffix`; the names in a certificate are set when it is made.',
  },
  authority_unconstrained: {
    status: 409,
    title: 'The authority of this sandbox may not be put into trust stores',
    remedy: 'Register a sandbox with `--constrain-ca`: only an authority that is held to the hosts of its secrets is.',
  },
  trust_store_failed: {
    status: 500,
    title: 'The trust store was not changed as it should be',
    remedy: 'Correct what `detail` names, and give the same command again; nothing is done twice.',
  },
  sandbox_held_elsewhere: {
    status: 409,
    title: 'Another broker process holds this sandbox',
    remedy: 'Start `coatcheck serve` first; what is started then is within reach of every command.',
  },
  proxy_closed: {
    status: 409,
    title: 'No door is open for sandboxes that run elsewhere',
    remedy: 'Start the broker with `coatcheck serve --proxy HOST:PORT`.',
  },
  rotation_due: {
    status: 409,
    title: 'The secret is due for rotation',
    remedy: 'Rotate it with `coatcheck secret rotate`, and attach it then.',
  },
  profile_not_found: {
    status: 404,
    title: 'No such profile',
    remedy: 'Use `dev`, `locked` or `open`, or one of your own that `coatcheck profile list` shows.',
  },
  profile_built_in: {
    status: 409,
    title: 'A built-in profile can be neither replaced nor deleted',
    remedy: 'Choose another name for a profile of your own.',
  },
  profile_limit: {
    status: 409,
    title: 'There are too many profiles',
    remedy: 'Delete those that no new sandbox starts from; sandboxes that were made from them stay as they are.',
  },
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
