import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { findProgram } from '../measure/find-program.ts'
import { type Ground, type Peer, targetsAt } from './peer.ts'
import { programVersion } from './program-version.ts'

/** Caddy as a TLS front that swaps a header. */
export const caddy: Peer = {
  name: 'caddy',
  title: 'caddy (TLS front)',
  version: () => programVersion('caddy', ['version'], /v?([\d.]+)/),
  async prepare(ground) {
    const port = await freePort()
    const file = join(ground.folder, 'Caddyfile')
    writeFileSync(file, configuration(ground, port))
    const command = {
      file: findProgram('caddy') ?? 'caddy',
      args: ['run', '--config', file, '--adapter', 'caddyfile'],
      env: { HOME: ground.folder, XDG_DATA_HOME: ground.folder, XDG_CONFIG_HOME: ground.folder },
    }
    const { placeholder: credential, root: ca } = ground
    return { start: { command, port }, route: { targets: targetsAt(ground, port), ca, credential } }
  },
}

function configuration(ground: Ground, port: number): string {
  const { credential, frontCertificateFile, frontKeyFile, hosts, placeholder, ports, rootFile } = ground
  const site = (name: 'api' | 'stream') => `
https://${hosts[name]}:${port} {
  bind 127.0.0.1
  tls ${frontCertificateFile} ${frontKeyFile}
  reverse_proxy https://127.0.0.1:${ports[name]} {
    header_up Host ${hosts[name]}
    header_up Authorization "Bearer ${placeholder}" "Bearer ${credential}"
    flush_interval -1
    transport http {
      tls_server_name ${hosts[name]}
      tls_trusted_ca_certs ${rootFile}
      versions 1.1
      compression off
      keepalive_idle_conns_per_host 128
    }
  }
}
`
  return `
{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
${site('api')}${site('stream')}`
}
