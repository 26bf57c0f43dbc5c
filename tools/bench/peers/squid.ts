import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { findProgram } from '../measure/find-program.ts'
import { type Ground, type Peer, targetsAt } from './peer.ts'
import { peerAuthority } from './peer-authority.ts'
import { programVersion } from './program-version.ts'

const certificateGenerator = '/usr/lib/squid/security_file_certgen'
/** Squid refuses to work as root, and becomes this user. */
const user = 'proxy'

/** Squid that intercepts TLS (ssl-bump) and replaces a header; it cannot look at what the header says. */
export const squid: Peer = {
  name: 'squid',
  title: 'squid (ssl-bump)',
  version: () => programVersion('squid', ['-v'], /Version ([\d.]+)(?=[\s\S]*--enable-ssl-crtd)/),
  async prepare(ground) {
    const port = await freePort()
    const folder = join(ground.folder, 'squid')
    mkdirSync(folder)
    const authority = peerAuthority(folder)
    execFileSync(certificateGenerator, ['-c', '-s', join(folder, 'certificates'), '-M', '4MB'], { stdio: 'ignore' })
    const hostsFile = join(folder, 'hosts')
    writeFileSync(hostsFile, `127.0.0.1 ${ground.hosts.api} ${ground.hosts.stream}\n`)
    const file = join(folder, 'squid.conf')
    writeFileSync(file, configuration(ground, { port, folder, hostsFile, authorityFile: authority.file }))
    if (process.getuid?.() === 0) giveAway(folder)
    const command = { file: findProgram('squid') ?? 'squid', args: ['-N', '-f', file] }
    const targets = targetsAt(ground, port, 'real')
    return {
      start: { command, port },
      route: { targets, ca: authority.certificate, credential: ground.placeholder, connect: {} },
    }
  },
}

interface Places {
  readonly port: number
  readonly folder: string
  readonly hostsFile: string
  readonly authorityFile: string
}

function configuration({ credential, rootFile }: Ground, { port, folder, hostsFile, authorityFile }: Places): string {
  return `
http_port 127.0.0.1:${port} ssl-bump tls-cert=${authorityFile} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
sslcrtd_program ${certificateGenerator} -s ${join(folder, 'certificates')} -M 4MB
sslcrtd_children 1 startup=1 idle=1
tls_outgoing_options cafile=${rootFile}
acl first at_step SslBump1
ssl_bump peek first
ssl_bump bump all
http_access allow all
hosts_file ${hostsFile}
request_header_access Authorization deny all
request_header_replace Authorization Bearer ${credential}
cache deny all
cache_mem 8 MB
access_log none
cache_log ${join(folder, 'cache.log')}
pid_filename ${join(folder, 'squid.pid')}
coredump_dir ${folder}
max_filedescriptors 30000
shutdown_lifetime 0 seconds
client_persistent_connections on
server_persistent_connections on
pconn_timeout 600 seconds
client_idle_pconn_timeout 600 seconds
forwarded_for delete
via off
cache_effective_user ${user}
`
}

function giveAway(folder: string): void {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  const [uid, gid] = [id('-u'), id('-g')]
  for (const path of execFileSync('find', [folder], { encoding: 'utf8' }).trim().split('\n')) chownSync(path, uid, gid)
}
