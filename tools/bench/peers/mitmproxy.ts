import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { findProgram } from '../measure/find-program.ts'
import { type Ground, type Peer, targetsAt } from './peer.ts'
import { peerAuthority } from './peer-authority.ts'
import { programVersion } from './program-version.ts'

/** mitmproxy that intercepts TLS and swaps a header in an addon, streaming both ways. */
export const mitmproxy: Peer = {
  name: 'mitmproxy',
  title: 'mitmproxy',
  version: () => programVersion('mitmdump', ['--version'], /Mitmproxy: ([\d.]+)/),
  async prepare(ground) {
    const port = await freePort()
    const folder = join(ground.folder, 'mitmproxy')
    mkdirSync(folder)
    const authority = peerAuthority(folder)
    copyFileSync(authority.file, join(folder, 'mitmproxy-ca.pem'))
    const addon = join(folder, 'swap.py')
    writeFileSync(addon, script(ground))
    const settings = [`confdir=${folder}`, `ssl_verify_upstream_trusted_ca=${ground.rootFile}`, 'http2=false']
    const listen = ['--listen-host', '127.0.0.1', '--listen-port', String(port)]
    const command = {
      file: findProgram('mitmdump') ?? 'mitmdump',
      args: ['-q', ...listen, ...settings.flatMap((setting) => ['--set', setting]), '-s', addon],
    }
    const targets = targetsAt(ground, port)
    return {
      start: { command, port },
      route: { targets, ca: authority.certificate, credential: ground.placeholder, connect: {} },
    }
  },
}

function script({ credential, hosts, placeholder, ports }: Ground): string {
  return `
PORTS = {"${hosts.api}": ${ports.api}, "${hosts.stream}": ${ports.stream}}

def server_connect(data):
    host = data.server.address[0]
    data.server.address = ("127.0.0.1", PORTS[host])
    data.server.sni = host

def requestheaders(flow):
    flow.request.stream = True
    if flow.request.headers.get("authorization") == "Bearer ${placeholder}":
        flow.request.headers["authorization"] = "Bearer ${credential}"

def responseheaders(flow):
    flow.response.stream = True
`
}
