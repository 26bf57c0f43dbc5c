import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { answerChallenge, makeDigestService } from '../fixtures/digest-service.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, type Place, sendBy, type WayIn } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

const host = 'files.service.test'
const root = createTlsRoot()
const proxy = { listen: { host: '127.0.0.1', port: 0 } }
const accounts = { ann: 'the-real-password-of-ann', bob: 'the-real-password-of-bob' }
/** What a client has before the target where it was given a base URL. */
const bases: Readonly<Record<string, (place: Place) => string>> = {
  'gateway path': ({ inside: { sandbox } }) => `/as/${sandbox.id}.${sandbox.token}/ann`,
}
const [nameless, ...others] = [...doorWays].sort(({ name }) => (name === 'root by key' ? -1 : 1))

/** Programs that answer a challenge by themselves: user and password, address, and what they print. */
interface Program {
  readonly name: string
  readonly skip: string | false
  readonly kinds: readonly string[]
  readonly command: string
}

const programs: readonly Program[] = [
  {
    name: 'curl',
    skip: skipWithout('curl'),
    kinds: ['md5', 'md5-sess', 'sha-256', 'sha-256-sess', 'old'],
    command: 'curl -sS --fail --digest -u "$WHO:$PASSWORD" "$URL"',
  },
  {
    name: 'curl with a body',
    skip: skipWithout('curl'),
    kinds: ['sha-256'],
    command: 'curl -sS --fail --digest -u "$WHO:$PASSWORD" -d "a=b" "$URL"',
  },
  {
    name: 'curl that asks twice on one connection',
    skip: skipWithout('curl'),
    kinds: ['md5'],
    command: 'curl -sS --fail --digest -u "$WHO:$PASSWORD" "$URL" -o /dev/null "$URL&again" -o -',
  },
  {
    name: 'wget',
    skip: skipWithout('wget'),
    kinds: ['md5', 'old'],
    command: 'wget -q -O - --ca-certificate="$SSL_CERT_FILE" --user="$WHO" --password="$PASSWORD" "$URL"',
  },
  {
    name: 'Python requests',
    skip: skipWithout('python3-requests'),
    kinds: ['md5', 'sha-256', 'old'],
    command: `/usr/bin/python3 -c '
import os, requests
auth = requests.auth.HTTPDigestAuth(os.environ["WHO"], os.environ["PASSWORD"])
reply = requests.get(os.environ["URL"], auth=auth)
reply.raise_for_status()
print(reply.text, end="")'`,
  },
]

for (const workers of [0, 2]) {
  const skip = workers > 0 && process.platform !== 'linux' && 'workers need Linux'
  describe(`answers to challenges by the doors of ${workers} workers`, { skip }, () => {
    const service = makeDigestService(accounts)
    let origin: VerifyingServer
    let world: World
    let place: Place
    before(async () => {
      origin = await startVerifyingServer({ root, hosts: { [host]: 'public' }, answer: service.answer })
      world = await openWorld({ settings: workers === 0 ? { proxy } : { proxy, workers } })
      const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
      for (const [name, value] of Object.entries(accounts)) {
        await world.client.secrets.create({ name, value, scopes: [{ to: host, inject: { kind: 'digest' }, ...reach }] })
      }
      const sandbox = await world.client.sandboxes.create({
        secrets: { ANN: 'ann', BOB: 'bob' },
        from: ['127.0.0.1'],
      })
      const placeholder = (env: string): string => sandbox.connect.env[env]!
      place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox, placeholder } as Place['inside'] }
      writeFileSync(join(world.home, 'bundle.pem'), sandbox.connect.ca)
    })
    after(async () => {
      await origin.close()
      await world[Symbol.asyncDispose]()
    })

    const ask = (way: WayIn, target: string, headers: readonly (readonly [string, string])[] = []): Promise<Received> =>
      sendBy(way, place, { host, secret: 'ann', target, headers })

    async function visit(way: WayIn, target: string, uri = target, sent = target): Promise<Received> {
      const bare = await ask(way, target)
      assert.equal(bare.status, 401)
      const answerer = { username: 'bob', password: place.inside.placeholder('BOB'), uri }
      return ask(way, sent, [['Authorization', answerChallenge(String(bare.headers['www-authenticate']), answerer)]])
    }

    for (const way of others) {
      const base = (): string => bases[way.name]?.(place) ?? ''
      test(`AC-2.3, AC-4.6: ${way.name} answers anew, for the target that the service sees`, async () => {
        const { status, text } = await visit(way, '/sha-256/a%20b?c', `${base()}/sha-256/a%20b?c`)
        assert.deepEqual([status, text], [200, 'bob'], service.faults.join())
      })

      test(`AC-2.3, SEC-12: ${way.name} refuses an answer for another target, and nothing is dialled`, async () => {
        const before = origin.requests.length
        const { code } = await visit(way, '/md5/a', `${base()}/md5/a`, '/md5/b')
        assert.equal(code, 'signature_invalid')
        assert.equal(origin.requests.length, before + 1)
      })
    }

    test('a request in full is answered where its answer is for the address in full', async () => {
      const way = others.find(({ name }) => name === 'absolute-form')!
      const { status } = await visit(way, '/md5/a', `https://${host}/md5/a`)
      assert.equal(status, 200, service.faults.join())
    })

    test(`${nameless!.name} names nobody, and leads nowhere`, async () => {
      assert.equal((await ask(nameless!, '/md5')).status, 404)
    })

    for (const { name, skip: absent, kinds, command } of programs) {
      for (const kind of kinds) {
        for (const door of ['proxy', 'base URL']) {
          test(`W4: ${name} answers a challenge: ${kind}, by the ${door}`, { skip: absent }, async () => {
            const { sandbox } = place.inside
            const url = new URL(place.proxyUrl)
            url.username = sandbox.id
            url.password = sandbox.token
            const bundle = join(world.home, 'bundle.pem')
            const trust = { CURL_CA_BUNDLE: bundle, REQUESTS_CA_BUNDLE: bundle }
            const base =
              door === 'proxy' ? `https://${host}` : new URL(bases['gateway path']!(place), place.proxyUrl).href
            const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], {
              env: {
                ...{ PATH: process.env['PATH'], HOME: world.home, SSL_CERT_FILE: bundle, ...trust },
                ...(door === 'proxy' && { HTTPS_PROXY: url.href, https_proxy: url.href }),
                ...{ WHO: 'ann', PASSWORD: place.inside.placeholder('ANN'), URL: `${base}/${kind}/a?b=c` },
              },
              timeout: 30_000,
            }).catch((error: Error) => assert.fail(`${error.message} ${service.faults}`))
            assert.equal(stdout, 'ann')
          })
        }
      }
    }
  })
}
