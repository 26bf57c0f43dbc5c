import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../fixtures/requirements.ts'
import { answerWithBody } from './http2-origin.ts'
import { api, grpc, type Http2Scene, openHttp2Scene } from './http2-scene.ts'

const run = promisify(execFile)
let scene: Http2Scene
let roots: string

before(async () => {
  scene = await openHttp2Scene()
  roots = join(scene.world.home, 'roots.pem')
  writeFileSync(roots, scene.inside.sandbox.connect.ca)
})

after(() => scene[Symbol.asyncDispose]())

/** Options of curl that show version and status, and send the placeholder. */
function asking(): string[] {
  const header = join(scene.world.home, 'header')
  writeFileSync(header, `authorization: ${scene.bearer.authorization}\n`, { mode: 0o600 })
  return ['-s', '--http2', '--cacert', roots, '-H', `@${header}`, '-w', '\n%{http_version} %{http_code}']
}

for (const host of [grpc, api]) {
  test(`AC-13.1: curl speaks HTTP/2 with ${host}`, { skip: skipWithout('curl') }, async () => {
    const place = `${host}:443:${await scene.inside.addressOf(host)}:${scene.inside.portOf(443)}`
    const url = `https://${host}/${host === api ? 'upload' : 'echo'}`
    const { stdout } = await run('curl', [...asking(), '--connect-to', place, '--data-binary', `@${roots}`, url])
    assert.match(stdout, /\n2 200$/)
  })
}

for (const [what, option] of [
  ['CONNECT', 'proxy'],
  ['SOCKS5', 'socks5-hostname'],
] as const) {
  test(`AC-2.3: curl speaks HTTP/2 by ${what}`, { skip: skipWithout('curl') }, async () => {
    const { id, token } = scene.inside.sandbox
    const { host } = new URL(scene.world.broker.proxyUrl!)
    const settings = join(scene.world.home, 'curl')
    writeFileSync(settings, `${option} = "${host}"\nproxy-user = "${id}:${token}"\n`, { mode: 0o600 })
    scene.origin.answer = answerWithBody
    const { stdout } = await run('curl', [...asking(), '-K', settings, '-d', 'hello', `https://${grpc}/echo`])
    assert.equal(stdout, 'hello\n2 200')
  })
}
