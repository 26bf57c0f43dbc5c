import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { CreatedSandbox } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { freePort } from '../fixtures/free-port.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type ContainerEngine, copySources, makeBaseImage, openContainerEngine } from './container-engine.ts'

/** An image with Node and npm, or `debian` for one that is made here. */
const base = process.env['COATCHECK_TRY_CONTAINER']
const skip = base === undefined && 'takes minutes; set COATCHECK_TRY_CONTAINER to an image, or to `debian`'

const host = 'api.container.test'
const own = 10_771
const key = makeCanary('sk_live_')
const beside = makeCanary('beside-the-build-')
const root = createTlsRoot()

describe('the container', { skip, timeout: 1_500_000 }, () => {
  let engine: ContainerEngine
  let origin: VerifyingServer
  let port: number
  before(async () => {
    engine = openContainerEngine()
    origin = await startOrigin({ root, hosts: { [host]: [{ scheme: 'bearer', value: key.value }] } })
    port = await freePort()
    await layOutMounts(join(engine.folder, 'etc'))
    const sources = join(engine.folder, 'sources')
    await copySources(sources)
    for (const name of ['.env', '.npmrc.local', 'packages/broker/.env'])
      await writeFile(join(sources, name), beside.value)
    const image = base === 'debian' ? await makeBaseImage(engine) : base
    const options = ['--isolation', 'chroot', '--network', 'host', '--build-arg', `BASE=${image}`, '--tag', 'coatcheck']
    await engine.must(['build', '--format', 'docker', ...options, '--file', 'Containerfile', '.'], {
      cwd: sources,
      env: { BUILD_TOKEN: beside.value, NPM_TOKEN: beside.value },
    })
  })
  after(async () => {
    await engine?.[Symbol.asyncDispose]()
    await origin?.close()
  })

  const inside = (args: readonly string[], stdin?: string) =>
    engine.must(['exec', '--interactive', 'broker', 'coatcheck', ...args], stdin === undefined ? {} : { stdin })

  test('holds nothing of what lay beside its sources, or in the environment of its build', async () => {
    const archive = join(engine.folder, 'image.tar')
    await engine.must(['save', '--format', 'docker-archive', '--output', archive, 'coatcheck'])
    assert.equal(await holds(archive, beside.value), false)
    assert.equal(await holds(archive, '/opt/coatcheck'), true, 'the search sees nothing')
    const settings = JSON.parse(await engine.must(['image', 'inspect', 'coatcheck'])) as [{ Config: { Env: string[] } }]
    const names = settings[0].Config.Env.map((line) => line.split('=')[0])
    assert.deepEqual(names.sort(), ['PATH', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'])
  })

  test('makes a protected call without rights, capabilities or a file system that it may write', async () => {
    await start(engine, port)
    const created = ['secret', 'create', 'api', '--to', host, '--inject', 'bearer', '--value-stdin']
    const reach = ['--pin', `127.0.0.1:${origin.port}`, '--roots', '/etc/coatcheck/tls/root.pem']
    await inside([...created, ...reach], key.value)
    const sandbox = JSON.parse(await inside(['sandbox', 'create', '--secret', 'KEY=api', '--json'])) as CreatedSandbox
    const authority = join(engine.folder, 'ca.pem')
    await writeFile(authority, sandbox.connect.ca)
    const trusted = ['--proxy-cacert', join(engine.folder, 'etc/root.pem'), '--cacert', authority]
    const placeholder = `Authorization: Bearer ${sandbox.connect.env['KEY']}`
    const call = ['curl', '-sSf', ...trusted, '--proxy', sandbox.connect.proxyUrl!, '-H', placeholder]
    const { stdout, stderr } = await runToEnd([...call, `https://${host}/json`], { env: { PATH: '/usr/bin:/bin' } })
    assert.equal(stdout, '{"ok":true}', stderr)
    assert.ok(origin.requests.at(-1)?.accepted)
    const [rights, written] = await Promise.all([
      engine.must(['exec', 'broker', 'sh', '-c', 'id -u; grep -c "^Cap.*:\\s0*$" /proc/1/status']),
      engine.podman(['exec', 'broker', 'touch', '/opt/coatcheck/written']),
    ])
    assert.deepEqual([rights, written.code], [`${own}\n5`, 1])
  })

  test('ends when it is asked to, says no secret, and finds its secrets again in its volumes', async () => {
    await engine.must(['stop', '--time', '20', 'broker'])
    assert.equal(await engine.must(['inspect', 'broker', '--format', '{{.State.ExitCode}}']), '0')
    const { stdout, stderr } = await engine.podman(['logs', 'broker'])
    assert.ok(!`${stdout}${stderr}`.includes(key.value))
    await engine.must(['rm', 'broker'])
    await start(engine, port)
    assert.match(await inside(['secret', 'list']), /^api /m)
  })
})

/** Certificate and key of the door, for the one user of the container, and the root that signed it. */
async function layOutMounts(folder: string): Promise<void> {
  await mkdir(folder)
  const { certificate, key: doorKey } = root.leaf('localhost')
  for (const [name, text] of Object.entries({
    'chain.pem': certificate,
    'key.pem': doorKey,
    'root.pem': root.certificate,
  })) {
    await writeFile(join(folder, name), text)
    await chmod(join(folder, name), name === 'key.pem' ? 0o600 : 0o644)
  }
  await chown(join(folder, 'key.pem'), own, own)
}

/** As docs/operations.md says, with what a machine without a network of containers and without systemd needs. */
async function start({ folder, must }: ContainerEngine, port: number): Promise<void> {
  const here = ['--network', 'host', '--no-healthcheck', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096']
  const closed = ['--ulimit', 'core=0', '--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--read-only']
  const volumes = ['/run/coatcheck', 'data:/var/lib/coatcheck', 'keys:/var/lib/coatcheck-keys']
  const mounts = [...volumes, `${join(folder, 'etc')}:/etc/coatcheck/tls:ro`].flatMap((volume) => ['--volume', volume])
  const tls = ['--proxy-cert', '/etc/coatcheck/tls/chain.pem', '--proxy-key', '/etc/coatcheck/tls/key.pem']
  const door = ['--proxy', `127.0.0.1:${port}`, '--proxy-url', `https://localhost:${port}`]
  await must([
    'run',
    '--detach',
    '--name',
    'broker',
    ...here,
    ...closed,
    ...mounts,
    'coatcheck',
    'serve',
    ...door,
    ...tls,
  ])
  for (let tries = 0; tries < 200; tries += 1) {
    const { code } = await runToEnd(['curl', '-sk', `https://127.0.0.1:${port}/`], { env: { PATH: '/usr/bin:/bin' } })
    if (code === 0) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the container opened no door: ${await must(['logs', 'broker'])}`)
}

async function holds(path: string, text: string): Promise<boolean> {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 4_194_304 })) {
    const window = Buffer.concat([rest, chunk as Buffer])
    if (window.includes(text)) return true
    rest = window.subarray(-text.length)
  }
  return false
}
