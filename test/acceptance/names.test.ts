import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'

const api = 'api.names.test'
const other = 'other.names.test'
const address = '203.0.113.9'

const curl = `curl -sS -m 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $KEY"`

/** Each attempt to say one name and mean another: a shell command, and the status that it prints; 000 is no answer. */
const attempts: readonly (readonly [what: string, command: string, status: string])[] = [
  ['control: the right name at its address', `${curl} https://${api}/v1/models`, '200'],
  ['SNI and Host differ', `${curl} -H 'Host: ${other}' https://${api}/v1/models`, '421'],
  [
    'SNI is not the name behind the address',
    `${curl} --connect-to ${api}:443:${other}:443 https://${api}/v1/models`,
    '421',
  ],
  [
    'SNI is right and the address is a literal',
    `${curl} --connect-to ${api}:443:${address}:443 https://${api}/v1/models`,
    '421',
  ],
  ['an address instead of a name', `${curl} -k https://${address}/v1/models`, '000'],
  [
    'a name that nobody granted, at a granted address',
    `${curl} -k --connect-to evil.names.test:443:${api}:443 https://evil.names.test/`,
    '421',
  ],
  ['clear text on the TLS port', `${curl} http://${api}:443/v1/models`, '403'],
  ['clear text to a host that is granted for TLS', `${curl} http://${api}/v1/models`, '403'],
  ['HTTP/2 without a choice', `${curl} --http2-prior-knowledge http://${api}/v1/models`, '000'],
  ['HTTP/2 by negotiation falls back', `${curl} --http2 https://${api}/v1/models`, '200'],
  [
    'CONNECT to another name inside',
    `printf 'CONNECT ${other}:443 HTTP/1.1\\r\\nHost: ${other}:443\\r\\n\\r\\n' | openssl s_client -quiet -connect ${api}:443 -servername ${api} 2>/dev/null | head -c 12 | tail -c 3`,
    '405',
  ],
  ['no SNI', `openssl s_client -noservername -connect ${api}:443 </dev/null 2>/dev/null | grep -c BEGIN || true`, '0'],
]

for (const { name, skip, make } of callerKinds) {
  describe(`names and addresses in a sandbox of ${name} must agree`, { skip }, () => {
    let caller: Caller
    let service: VerifyingServer
    let answers: ReadonlyMap<string, string>
    before(async () => {
      caller = make()
      const root = createTlsRoot()
      const key = makeCanary('names_')
      const credentials = [{ scheme: 'bearer', value: key.value } as const]
      service = await startOrigin({ root, hosts: { [api]: credentials, [other]: credentials } })
      writeFileSync(join(caller.folder, 'roots.pem'), root.certificate)
      for (const [secret, host] of [
        ['api', api],
        ['other', other],
      ] as const) {
        const place = ['--pin', `127.0.0.1:${service.port}`, '--roots', 'roots.pem']
        const args = ['secret', 'create', secret, '--to', host, '--inject', 'bearer', ...place]
        const { code, stderr } = await caller.coatcheck.run(args, { cwd: caller.folder, stdin: key.value })
        assert.equal(code, 0, stderr)
      }
      const script = attempts.map(([what, command]) => `printf '%s\\t' '${what}'; ${command}; echo`).join('\n')
      const grants = ['--secret', 'KEY=api', '--secret', 'OTHER=other']
      const args = ['run', '--profile', 'locked', ...grants, '--', 'sh', '-c', script]
      const { stdout } = await caller.coatcheck.run(args, { cwd: caller.folder, timeoutMs: 120_000 })
      answers = new Map(stdout.split('\n').map((line) => line.split('\t') as [string, string]))
    })
    after(async () => {
      await service?.close()
      caller[Symbol.dispose]()
    })

    for (const [what, , status] of attempts) {
      test(`8. ${what}`, () => assert.equal(answers.get(what), status))
    }

    test('8. nothing but what was right reached the service', () => {
      assert.deepEqual(
        service.requests.map(({ host, accepted }) => [host, accepted]),
        attempts.filter(([, , status]) => status === '200').map(() => [api, true]),
      )
    })
  })
}
