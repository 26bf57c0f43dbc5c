import type { ProblemKind } from './problem-kind.ts'

/** What an agent can do by itself: look. */
const self = '`http://coatcheck.internal/self` lists what this sandbox holds, and where each is good.'

/** How an agent asks for what it does not have. */
const ask = 'To ask for it, POST `{"to": HOST, "reason": WHY}` to `http://coatcheck.internal/access-requests`.'

/** Refusals and failures on the way from a sandbox to a service. */
export const wayOutProblems = {
  destination_denied: {
    status: 403,
    title: 'The destination is not allowed',
    remedy: `Let the operator allow the host, or attach a secret whose scope covers it. ${self} ${ask}`,
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
  request_body_too_large: {
    status: 413,
    title: 'The body of the request is longer than this broker carries',
    remedy: 'Send it in parts, where the service takes parts, or let the operator raise `max-request-bytes`.',
    proxyError: 'http_request_denied',
  },
  response_body_too_large: {
    status: 502,
    title: 'The body of the response is longer than this broker carries',
    remedy: 'Ask for a part of it, where the service gives parts, or let the operator raise `max-response-bytes`.',
    proxyError: 'http_response_body_size',
  },
  secret_returned: {
    status: 502,
    title: 'The response holds the secret, and could not be cleaned',
    remedy: 'Ask for it without compression, in one piece; the operator sees the request in the journal.',
    proxyError: 'http_response_incomplete',
  },
  new_key_returned: {
    status: 502,
    title: 'The response holds a new key of the service',
    remedy:
      'Let the operator make the key, and store it; where keys may reach the sandbox, let the scope say `newKeys: pass`.',
    proxyError: 'http_response_incomplete',
  },
  response_uninspected: {
    status: 502,
    title: 'The response cannot be searched for the secret',
    remedy:
      'Ask for it without compression and without a range, or let the operator set `uninspected` on the scope to `pass`.',
    proxyError: 'http_response_incomplete',
  },
  method_refused: {
    status: 405,
    title: 'The method is not forwarded',
    remedy: 'Use another method.',
    proxyError: 'http_request_denied',
  },
  upgrade_refused: {
    status: 501,
    title: 'The protocol upgrade is not forwarded',
    remedy: 'Use plain requests with this service, or a WebSocket handshake as RFC 6455 describes it.',
    proxyError: 'http_request_denied',
  },
  placeholder_wrong_destination: {
    status: 403,
    title: 'A placeholder was sent to a destination outside the scope of its secret',
    remedy: `Send it only to the hosts of its secret. ${self}`,
    proxyError: 'http_request_denied',
  },
  placeholder_undeclared_place: {
    status: 403,
    title: 'A placeholder stands where its secret is not declared to go',
    remedy:
      'Put it where the service expects its credential, and nowhere else; the operator sees the place with `coatcheck explain`.',
    proxyError: 'http_request_denied',
  },
  placeholder_foreign: {
    status: 403,
    title: 'A placeholder of another sandbox was used',
    remedy: `Use the placeholders in the environment of this sandbox. ${self}`,
    proxyError: 'http_request_denied',
  },
  decoy_used: {
    status: 403,
    title: 'A decoy was used',
    remedy:
      'Find out who had it: nobody has a reason to use it. Only the journal has this code; the sandbox is told what it is told about any placeholder of another sandbox.',
  },
  grant_ended: {
    status: 403,
    title: 'The grant of this placeholder has ended',
    remedy: `Take the placeholder that the variable has now, or let the operator attach the secret again with \`coatcheck sandbox attach\`. ${self} ${ask}`,
    proxyError: 'http_request_denied',
  },
  method_not_injectable: {
    status: 403,
    title: 'No secret is attached to requests of this method',
    remedy: 'Use another method, without `Max-Forwards`.',
    proxyError: 'http_request_denied',
  },
  call_refused: {
    status: 403,
    title: 'The secret is not attached to this call: it is one of those that its scope refuses',
    remedy: `Do without the call, or let the operator make it, or write the scope anew with another \`refuse\`. ${self}`,
    proxyError: 'http_request_denied',
  },
  body_unreadable: {
    status: 403,
    title: 'The body of the request decides whether a secret is attached, and it cannot be read',
    remedy: 'Send the body whole and uncompressed, up to 256 KiB, well formed, and in the form that the scope names.',
    proxyError: 'http_request_denied',
  },
  foreign_credential: {
    status: 403,
    title: 'The request carries a credential that Coatcheck did not issue',
    remedy: `Send the placeholder of this sandbox, or let the operator set \`foreign\` on the scope to \`pass\` or \`replace\`. ${self} ${ask}`,
    proxyError: 'http_request_denied',
  },
  credential_ambiguous: {
    status: 409,
    title: 'Two secrets could be attached to the request, and no placeholder says which',
    remedy: `Put the placeholder of the one that is meant where the service expects its credential. ${self}`,
    proxyError: 'http_request_denied',
  },
  attach_refused: {
    status: 403,
    title: 'No secret is attached unasked to a request that a web page may have sent',
    remedy:
      'Put the placeholder in it, or send it without `Origin`, `Cookie`, a cross-site `Sec-Fetch-Site` and a foreign `Referer`.',
    proxyError: 'http_request_denied',
  },
  signature_invalid: {
    status: 403,
    title: 'The request is not signed with a placeholder of this sandbox',
    remedy: `Sign with what stands in the environment of this sandbox, and change nothing afterwards. ${self}`,
    proxyError: 'http_request_denied',
  },
  signature_expired: {
    status: 403,
    title: 'The signature of the request is not of this time',
    remedy: 'Sign the request again, and set the clock.',
    proxyError: 'http_request_denied',
  },
  signature_out_of_scope: {
    status: 403,
    title: 'The request is signed for a service, region or user that its secret is not meant for',
    remedy: `Use another one, or let the operator widen the scope. ${self}`,
    proxyError: 'http_request_denied',
  },
  signature_unsupported: {
    status: 403,
    title: 'The request is signed in a way that cannot be signed anew',
    remedy: 'Sign in another way, as the hint says.',
    proxyError: 'http_request_denied',
  },
  grant_expired: {
    status: 403,
    title: 'The grant has expired',
    remedy: `Let the operator attach the secret again with \`coatcheck sandbox attach\`. ${self} ${ask}`,
    proxyError: 'http_request_denied',
  },
  proxy_unauthenticated: {
    status: 407,
    title: 'The proxy does not know who is calling',
    remedy: 'Send the id of the sandbox as user and its token as password, as in the proxy URL that came with it.',
    proxyError: 'http_request_denied',
  },
  gateway_unauthenticated: {
    status: 401,
    title: 'The gateway does not know who is calling',
    remedy:
      'Begin the path with the gateway URL of the sandbox, which holds its id and its token, or send a virtual key where the service’s own key would stand.',
    proxyError: 'http_request_denied',
  },
  key_expired: {
    status: 401,
    title: 'The virtual key has expired',
    remedy: 'Let the operator issue another one with `coatcheck key create`; none is ever extended.',
    proxyError: 'http_request_denied',
  },
  key_revoked: {
    status: 401,
    title: 'The virtual key was revoked',
    remedy: 'Let the operator issue another one with `coatcheck key create`.',
    proxyError: 'http_request_denied',
  },
  key_elsewhere: {
    status: 403,
    title: 'The virtual key is bound to other addresses',
    remedy: 'Call from one of them, or let the operator issue a key for where you are.',
    proxyError: 'http_request_denied',
  },
  sandbox_elsewhere: {
    status: 403,
    title: 'The sandbox is bound to another address',
    remedy: 'Call from where the sandbox first did, or register it with the addresses that it calls from.',
    proxyError: 'http_request_denied',
  },
  gateway_target_unknown: {
    status: 404,
    title: 'The gateway does not know where this request is meant to go',
    remedy: `Name the provider, or a secret of this sandbox, behind the gateway URL, or send the placeholder of one. ${self}`,
    proxyError: 'http_request_denied',
  },
  gateway_target_ambiguous: {
    status: 409,
    title: 'The request could be meant for several services',
    remedy: 'Name the provider or the secret behind the gateway URL.',
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
  token_unavailable: {
    status: 503,
    title: 'The service gave no token for the secret',
    remedy: 'Try again in a minute; the operator sees why with `coatcheck logs`.',
    proxyError: 'proxy_internal_error',
  },
  token_scope_refused: {
    status: 403,
    title: 'A token is asked for that reaches further than its secret is meant to',
    remedy: `Ask for less, or let the operator widen the scope. ${self}`,
    proxyError: 'http_request_denied',
  },
  sign_in_needed: {
    status: 503,
    title: 'The service no longer takes what is stored in the secret',
    remedy: 'Let the operator sign in anew, and store what that gives with `coatcheck secret rotate`.',
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
  upstream_key_untrusted: {
    status: 502,
    title: 'The service showed a host key that the scope does not pin',
    remedy:
      'Let the operator compare the key with what the service publishes, and write it into `hostKeys` of the scope.',
  },
  upstream_certificate_refused: {
    status: 502,
    title: 'The destination does not take the client certificate, or misses one',
    remedy: 'Let the operator store a certificate with `mtls` that the service takes and that has not expired.',
    proxyError: 'tls_alert_received',
  },
  upstream_unreachable: {
    status: 502,
    title: 'The destination cannot be reached',
    remedy: 'Try again later.',
    proxyError: 'destination_unavailable',
  },
  upstream_proxy_refused: {
    status: 502,
    title: 'The upstream proxy refused to connect to the destination',
    remedy: 'Let the operator ask who runs the proxy: 407 means its credentials, 403 its rules, 5xx the destination.',
    proxyError: 'proxy_configuration_error',
  },
  upstream_proxy_unreachable: {
    status: 502,
    title: 'The upstream proxy cannot be reached',
    remedy: 'Let the operator check the address of the upstream proxy, and that it runs.',
    proxyError: 'proxy_configuration_error',
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
  login_refused: {
    status: 403,
    title: 'A login did not show the placeholder of its grant',
    remedy: `Log in with the password in the environment of this sandbox. ${self}`,
  },
  session_refused: {
    status: 403,
    title: 'The scope of the secret does not allow such a session',
    remedy: 'Ask for a database and a role that the scope names; `note` in the journal says what it was.',
  },
  statement_refused: {
    status: 403,
    title: 'The scope of the secret does not allow the statement',
    remedy: 'Do without it, or let the operator run it, or let the operator widen the scope.',
  },
  mail_refused: {
    status: 403,
    title: 'The scope of the secret does not allow the mail',
    remedy: 'Write from a sender and to recipients that the scope names; `note` in the journal says what it was.',
  },
  upstream_login_refused: {
    status: 502,
    title: 'The service did not take the login of the broker',
    remedy: 'Let the operator check the secret with the service, and rotate it where it is no longer good.',
  },
  client_timeout: {
    status: 408,
    title: 'A login took too long',
    remedy: 'Try again.',
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
