import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import { closeInheritedDescriptors, hostIdentityFor, openGateway, processLauncher } from '@coatcheck/launchers'
import { answerDns } from './answer-dns.ts'
import { inEveryWorld } from './world.ts'

const host = 'secure.test'
const url = `https://${host}/`
const python = `import sys, urllib.request; print(urllib.request.urlopen("${url}").read().decode())`
const javaProgram = `
import java.net.URI;
public class Fetch { public static void main(String[] a) throws Exception {
  System.out.println(new String(URI.create("${url}").toURL().openStream().readAllBytes())); } }`
const insideNode = '/opt/node'

/** Clients as they are, each with nothing but an address. */
const clients: Readonly<Record<string, readonly [string, ...string[]]>> = {
  curl: ['/usr/bin/curl', '-sS', '-m', '10', url],
  wget: ['/usr/bin/wget', '-q', '-T', '10', '-O', '-', url],
  python: ['/usr/bin/python3', '-c', python],
  openssl: [
    '/usr/bin/openssl',
    's_client',
    '-connect',
    `${host}:443`,
    '-servername',
    host,
    '-verify_return_error',
    '-quiet',
  ],
  node: [insideNode, '-e', `fetch('${url}').then((r) => r.text()).then((t) => process.stdout.write(t))`],
  java: ['/usr/bin/java', '-cp', '/tmp', '/tmp/Fetch.java'],
}

inEveryWorld(import.meta.filename, () => {
  suite('clients in a sandbox trust its authority', {
    skip: !existsSync('/usr/bin/openssl') && 'needs openssl',
  }, () => {
    let folder: string
    let trusted: Authority
    let gateway: Awaited<ReturnType<typeof openGateway>>
    let server: Server
    const identity = hostIdentityFor('/')
    const runAs = identity === undefined ? {} : { runAs: identity }

    before(async () => {
      closeInheritedDescriptors()
      folder = mkdtempSync(join(tmpdir(), 'trust-'))
      trusted = makeAuthority(folder, 'trusted')
      server = createServer({ key: trusted.serverKey, cert: trusted.serverCertificate }, (socket) => {
        socket.on('error', () => {})
        const answer = () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\ntrusted')
        socket.once('data', answer)
      })
      server.on('tlsClientError', () => {})
      gateway = await openGateway({ ports: [443], ...runAs })
      gateway.listeners.get(443)?.on('connection', (socket) => server.emit('connection', socket))
      gateway.dnsDatagrams.on('message', (message, from) => {
        const answer = answerDns(message, { [host]: '198.18.0.10' }, [])
        if (answer !== undefined) gateway.dnsDatagrams.send(answer, from.port, from.address)
      })
    })
    after(async () => {
      await gateway?.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const run = async (command: readonly [string, ...string[]], caCertificate: string) => {
      const launched = await processLauncher.launch(
        {
          gatewayPid: gateway.pid,
          resolverAddress: gateway.resolverAddress,
          ...runAs,
          command,
          env: {},
          caCertificate,
          mounts: [{ source: process.execPath, target: insideNode, writable: false }],
          cwd: '/tmp',
          forbiddenPaths: [],
          stdio: 'pipe',
        },
        AbortSignal.timeout(60_000),
      )
      launched.stdin?.end('GET / HTTP/1.1\r\n\r\n')
      const [stdout, stderr] = await Promise.all([text(launched.stdout!), text(launched.stderr!), launched.exit])
      return { stdout, stderr }
    }

    for (const [name, command] of Object.entries(clients)) {
      const [program] = command
      const absent = program !== insideNode && !existsSync(program)
      test(`${name} works unmodified, and refuses another authority`, {
        skip: absent && `needs ${program}`,
      }, async () => {
        const prepare = name === 'java' ? `cat >/tmp/Fetch.java <<'END'\n${javaProgram}\nEND\n` : ''
        const wrapped: [string, ...string[]] = ['sh', '-c', `${prepare}exec "$@"`, 'sh', ...command]
        const { stdout, stderr } = await run(wrapped, trusted.certificate)
        assert.match(stdout, /trusted/, stderr)
        const other = makeAuthority(folder, 'other')
        assert.doesNotMatch((await run(wrapped, other.certificate)).stdout, /trusted/)
      })
    }

    test('AC-1.4: without an authority to trust, nothing is started', async () => {
      for (const certificate of ['', 'no certificate', '-----BEGIN CERTIFICATE-----\n']) {
        await assert.rejects(run(['true'], certificate), { code: 'launch_impossible', message: /authority/ })
      }
    })

    test('git trusts it unmodified, and refuses another authority', {
      skip: !existsSync('/usr/bin/git') && 'needs git',
    }, async () => {
      const list = ['git', 'ls-remote', url] as const
      assert.doesNotMatch((await run(list, trusted.certificate)).stderr, /certificate/i)
      assert.match((await run(list, makeAuthority(folder, 'other').certificate)).stderr, /certificate/i)
    })
  })
})

interface Authority {
  readonly certificate: string
  readonly serverKey: string
  readonly serverCertificate: string
}

function makeAuthority(folder: string, name: string): Authority {
  const at = (suffix: string) => join(folder, `${name}-${suffix}`)
  const openssl = (...args: string[]) => execFileSync('/usr/bin/openssl', args, { stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', at('key'), '-out', at('ca'), '-subj', `/CN=${name}`, '-days', '2')
  openssl('req', ...key, '-keyout', at('server-key'), '-out', at('request'), '-subj', `/CN=${host}`)
  writeFileSync(at('extensions'), `subjectAltName=DNS:${host}\nbasicConstraints=CA:FALSE\n`)
  openssl(
    'x509',
    '-req',
    '-in',
    at('request'),
    '-CA',
    at('ca'),
    '-CAkey',
    at('key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    at('extensions'),
    '-out',
    at('server'),
  )
  const read = (suffix: string) => readFileSync(at(suffix), 'utf8')
  return { certificate: read('ca'), serverKey: read('server-key'), serverCertificate: read('server') }
}
