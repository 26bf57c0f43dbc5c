/** Where the system's roots and the sandbox's authority together stand inside. */
export const bundlePath = '/etc/ssl/certs/ca-certificates.crt'

/** Where files of the sandbox's own stand. */
export const ownFolder = '/etc/coatcheck'

/** Where the sandbox's authority stands alone. */
export const authorityPath = `${ownFolder}/ca.pem`

/** Where Java looks. */
export const javaStorePath = '/etc/ssl/certs/java/cacerts'

/** Other names under which distributions and their OpenSSL look for the bundle; links to it. */
export const bundleLinks: readonly string[] = [
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cert.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
]

const replacing = [
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'HTTPLIB2_CA_CERTS',
  'NIX_SSL_CERT_FILE',
  'PERL_LWP_SSL_CA_FILE',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'SSL_CERT_FILE',
  'npm_config_cafile',
]

const adding = ['DENO_CERT', 'NODE_EXTRA_CA_CERTS']

/**
 * Variables that make clients trust the sandbox's authority. Those that replace a client's store name the whole bundle,
 * those that add to it the authority alone. Without paths, those of a launched sandbox.
 */
export function caVariables(
  paths: { readonly bundle: string; readonly authority: string } = { bundle: bundlePath, authority: authorityPath },
): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(replacing.map((name) => [name, paths.bundle])),
    ...Object.fromEntries(adding.map((name) => [name, paths.authority])),
  }
}
