/** What a problem code stands for. */
export interface ProblemKind {
  /** HTTP status with which a door answers. */
  readonly status: number
  /** What happened, in a few words; never holds a value from the request. */
  readonly title: string
  /** What the reader can do about it. */
  readonly remedy: string
  /** Registered error type of the `Proxy-Status` field (RFC 9209 §2.3), for refusals on the way out. */
  readonly proxyError?: string
}

/** Every failure that Coatcheck reports. Codes are an API: never renamed. */
export const problems = {
  // The management API
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
  // The vault
  vault_locked: { status: 503, title: 'The vault is locked', remedy: 'Unlock it with `coatcheck vault unlock`.' },
  key_unusable: {
    status: 500,
    title: 'The key-encryption key cannot be used',
    remedy: 'Put the key where `detail` says, with mode 0600.',
  },
  row_tampered: {
    status: 500,
    title: 'A row of the database was changed from outside',
    remedy: 'Restore the database, or delete the resource and create it again.',
  },
  state_rolled_back: {
    status: 503,
    title: 'The database is older than the last one that this broker wrote',
    remedy: 'If you restored a backup on purpose, confirm it with `coatcheck vault confirm-rollback`.',
  },
  storage_unavailable: {
    status: 503,
    title: 'The database cannot be used',
    remedy: 'Correct what `detail` names, and try again.',
  },
  storage_newer: {
    status: 500,
    title: 'The database was written by a newer version',
    remedy: 'Install that version, or restore an older backup.',
  },
  clock_jumped: {
    status: 503,
    title: 'The clock went back',
    remedy: 'Set the clock right; if it is right, confirm with `coatcheck vault confirm-rollback`.',
  },
  // The way out
  destination_denied: {
    status: 403,
    title: 'The destination is not allowed',
    remedy: 'Allow the host, or attach a secret whose scope covers it.',
    proxyError: 'http_request_denied',
  },
  destination_mismatch: {
    status: 421,
    title: 'The dialled address, the TLS name and the Host field disagree',
    remedy: 'Send the request to the address that the resolver of the sandbox gives for the name.',
    proxyError: 'http_request_denied',
  },
  destination_ip_prohibited: {
    status: 502,
    title: 'The destination resolves to a prohibited address',
    remedy: 'Let the operator pin the name to an address, or open the private network for this scope.',
    proxyError: 'destination_ip_prohibited',
  },
  destination_unresolved: {
    status: 502,
    title: 'The destination cannot be resolved',
    remedy: 'Check the name.',
    proxyError: 'dns_error',
  },
  request_malformed: {
    status: 400,
    title: 'The request is not well formed',
    remedy: 'Send a request as RFC 9112 describes it.',
    proxyError: 'http_request_error',
  },
  path_ambiguous: {
    status: 400,
    title: 'The path can be read in two ways',
    remedy: 'Send the path in its canonical form.',
    proxyError: 'http_request_error',
  },
  method_refused: {
    status: 405,
    title: 'The method is not forwarded',
    remedy: 'Use another method.',
    proxyError: 'http_request_denied',
  },
  upgrade_refused: {
    status: 501,
    title: 'Protocol upgrades are not forwarded',
    remedy: 'Use plain requests with this service.',
    proxyError: 'http_request_denied',
  },
  placeholder_wrong_destination: {
    status: 403,
    title: 'A placeholder was sent to a destination outside the scope of its secret',
    remedy: 'Send it only to the hosts of its secret.',
    proxyError: 'http_request_denied',
  },
  placeholder_undeclared_place: {
    status: 403,
    title: 'A placeholder stands where its secret is not declared to go',
    remedy: 'Put it where the service expects its credential.',
    proxyError: 'http_request_denied',
  },
  placeholder_foreign: {
    status: 403,
    title: 'A placeholder of another sandbox, or of an ended grant, was used',
    remedy: 'Use the placeholder of this sandbox.',
    proxyError: 'http_request_denied',
  },
  method_not_injectable: {
    status: 403,
    title: 'No secret is attached to requests of this method',
    remedy: 'Use another method, without `Max-Forwards`.',
    proxyError: 'http_request_denied',
  },
  foreign_credential: {
    status: 403,
    title: 'The request carries a credential that Coatcheck did not issue',
    remedy: 'Send the placeholder of this sandbox, or let the operator set `foreign: pass` on the scope.',
    proxyError: 'http_request_denied',
  },
  grant_expired: {
    status: 403,
    title: 'The grant has expired',
    remedy: 'Ask for a new grant.',
    proxyError: 'http_request_denied',
  },
  sandbox_expired: {
    status: 403,
    title: 'The sandbox has expired',
    remedy: 'Start a new sandbox.',
    proxyError: 'http_request_denied',
  },
  sandbox_ended: {
    status: 403,
    title: 'The sandbox was ended',
    remedy: 'Start a new sandbox; the journal says who ended it.',
    proxyError: 'http_request_denied',
  },
  secret_unavailable: {
    status: 503,
    title: 'The secret cannot be resolved',
    remedy: 'Ask the operator; the broker’s log has the reason.',
    proxyError: 'proxy_internal_error',
  },
  audit_unavailable: {
    status: 503,
    title: 'The audit journal cannot be written',
    remedy: 'Free space on the broker’s disk.',
    proxyError: 'proxy_internal_error',
  },
  checkpoint_key_unusable: {
    status: 500,
    title: 'The key that signs audit checkpoints cannot be used',
    remedy: 'Make it a regular file of your own with mode 0600, as `detail` says; never copy it from elsewhere.',
  },
  upstream_tls_untrusted: {
    status: 502,
    title: 'The certificate of the destination cannot be verified',
    remedy: 'Let the operator add the destination’s root certificate to the scope.',
    proxyError: 'tls_certificate_error',
  },
  upstream_unreachable: {
    status: 502,
    title: 'The destination cannot be reached',
    remedy: 'Try again later.',
    proxyError: 'destination_unavailable',
  },
  upstream_timeout: {
    status: 504,
    title: 'The destination did not answer in time',
    remedy: 'Try again later.',
    proxyError: 'connection_timeout',
  },
  upstream_malformed: {
    status: 502,
    title: 'The destination sent a malformed response',
    remedy: 'Ask the service’s operator.',
    proxyError: 'http_protocol_error',
  },
  client_disconnected: {
    status: 499,
    title: 'The client went away before the response was complete',
    remedy: 'Nothing; this is a record of what the client did.',
  },
  client_tls_failed: {
    status: 400,
    title: 'The client ended the TLS handshake',
    remedy: 'Let the client trust the certificate authority of the sandbox, or use the base URL of the service.',
    proxyError: 'tls_alert_received',
  },
  protocol_unsupported: {
    status: 400,
    title: 'The connection speaks neither HTTP nor TLS',
    remedy: 'Use HTTP over TLS.',
    proxyError: 'http_protocol_error',
  },
  internal: {
    status: 500,
    title: 'Something went wrong in the broker',
    remedy: 'Report it with the id in `instance`.',
    proxyError: 'proxy_internal_error',
  },
} as const satisfies Record<string, ProblemKind>

/** A stable code of `problems`. */
export type ProblemCode = keyof typeof problems

/** What a problem may tell: ids, hosts, limits. A `SecretValue` does not fit in. */
export type SafeFacts = Readonly<Record<string, string | number | boolean | null>>

/** RFC 9457 problem body, as every door of Coatcheck sends it. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
  readonly remedy: string
  /** The rule that decided, where one did. */
  readonly rule?: string
  /** Id under which the audit journal has the event. */
  readonly instance?: string
}

/** An expected failure with a stable code. Its message is built from code and facts, never by hand. */
export class CoatcheckError extends Error {
  override readonly name = 'CoatcheckError'
  readonly code: ProblemCode
  readonly facts: SafeFacts

  constructor(code: ProblemCode, facts: SafeFacts = {}, options?: ErrorOptions) {
    super(describeProblem(code, facts), options)
    this.code = code
    this.facts = facts
  }
}

/** One sentence from a code and its facts: the title, then `name: value` pairs. */
export function describeProblem(code: ProblemCode, facts: SafeFacts): string {
  const pairs = Object.entries(facts).map(([name, value]) => `${name}: ${value}`)
  return pairs.length === 0 ? problems[code].title : `${problems[code].title} (${pairs.join(', ')})`
}

/** The RFC 9457 body of a problem. */
export function problemBody(code: ProblemCode, facts: SafeFacts = {}, instance?: string): Problem {
  const { title, status, remedy } = problems[code]
  const rule = typeof facts['rule'] === 'string' ? { rule: facts['rule'] } : {}
  return {
    type: `https://coatcheck.dev/problems/${code}`,
    title,
    status,
    detail: describeProblem(code, facts),
    code,
    remedy,
    ...rule,
    ...(instance === undefined ? {} : { instance }),
  }
}
