import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { findProgram } from '../measure/find-program.ts'
import { type Ground, type Peer, targetsAt } from './peer.ts'
import { programVersion } from './program-version.ts'

/** HAProxy as a TLS front that swaps a header. */
export const haproxy: Peer = {
  name: 'haproxy',
  title: 'haproxy (TLS front)',
  version: () => programVersion('haproxy', ['-v'], /version ([\d.]+)/),
  async prepare(ground) {
    const port = await freePort()
    const file = join(ground.folder, 'haproxy.cfg')
    const pair = join(ground.folder, 'haproxy.pem')
    writeFileSync(pair, readFileSync(ground.frontCertificateFile) + readFileSync(ground.frontKeyFile, 'latin1'), {
      mode: 0o600,
    })
    writeFileSync(file, configuration(ground, port, pair))
    const command = { file: findProgram('haproxy') ?? 'haproxy', args: ['-db', '-f', file] }
    const { placeholder: credential, root: ca } = ground
    return { start: { command, port }, route: { targets: targetsAt(ground, port), ca, credential } }
  },
}

function configuration(
  { credential, hosts, placeholder, ports, rootFile }: Ground,
  port: number,
  pair: string,
): string {
  const backend = (name: 'api' | 'stream') => `
backend ${name}
  http-reuse always
  server origin 127.0.0.1:${ports[name]} ssl verify required ca-file ${rootFile} sni str(${hosts[name]}) verifyhost ${hosts[name]} pool-max-conn 256
`
  return `
global
  nbthread 1
  tune.ssl.default-dh-param 2048
defaults
  mode http
  option http-no-delay
  timeout connect 10s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
frontend front
  bind 127.0.0.1:${port} ssl crt ${pair} alpn h2,http/1.1 backlog 4096
  http-request set-header Authorization "Bearer ${credential}" if { req.hdr(Authorization) -m str "Bearer ${placeholder}" }
  use_backend stream if { req.hdr(host) -i ${hosts.stream} }
  default_backend api
${backend('api')}${backend('stream')}`
}
