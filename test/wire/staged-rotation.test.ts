import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ActivityRow } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { api, openRawScene, type PlaneName, planes, type RawScene } from './own-plane-scene.ts'
import { poll } from './poll.ts'
import type { RawAnswer, RawRequest } from './raw-origin.ts'
import type { Received } from './world.ts'

const minuteMs = 60_000

/** A scene with a clock of the test's own, whose service takes some values and says what it was sent. */
interface TrialScene extends AsyncDisposable {
  readonly scene: RawScene
  /** What the service takes from now on. */
  readonly accepted: Set<string>
  /** How it says that it does not. */
  declining: number
  pass(ms: number): void
  /** Stages a new value for the secret `one`; the old value is accepted, and the new one is not. */
  stage(): Promise<{ readonly fresh: string; readonly old: string }>
}

const scenes = new Map<PlaneName, TrialScene>()

before(async () => {
  for (const plane of planes) scenes.set(plane, await openTrialScene(plane))
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
})

async function openTrialScene(plane: PlaneName): Promise<TrialScene> {
  const accepted = new Set<string>()
  let aheadMs = 0
  const clock = { now: () => new Date(Date.now() + aheadMs), monotonicMs: () => performance.now() }
  const answer: RawAnswer = async (request) => {
    const body = await request.body()
    const status = accepted.has(valueIn(request)) ? 200 : trial.declining
    request.socket.write(`HTTP/1.1 ${status} Said\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  }
  const scene = await openRawScene(plane, answer, {}, { clock })
  let old = scene.values.one
  const trial: TrialScene = {
    scene,
    accepted,
    declining: 401,
    pass(ms) {
      aheadMs += ms
    },
    async stage() {
      const before = old
      const fresh = makeCanary('sk-next-').value
      // What an earlier test left is over.
      await scene.world.client.secrets.rotate('one', before)
      const view = await scene.world.client.secrets.rotate('one', fresh, { stagedSeconds: 30 * 60 })
      assert.equal(view.staged?.previousVersion, view.version - 1)
      old = before
      accepted.clear()
      accepted.add(before)
      trial.declining = 401
      return { fresh, old: before }
    },
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  }
  return trial
}

const valueIn = ({ fields }: RawRequest): string =>
  fields.find((line) => line.startsWith('Authorization'))!.slice('Authorization: Bearer '.length)

interface Asked {
  readonly method?: string
  readonly body?: string
  readonly headers?: readonly (readonly [string, string])[]
}

/** One request, and the values with which it reached the service. */
async function ask({ scene }: TrialScene, { headers = [], ...asked }: Asked = {}) {
  const first = scene.origin.requests.length
  const credential = ['Authorization', `Bearer ${scene.inside.placeholder('ONE')}`] as const
  const received: Received = await scene.inside.send({ host: api, headers: [credential, ...headers], ...asked })
  const requests = scene.origin.requests.slice(first)
  return { ...received, requests, values: requests.map(valueIn) }
}

async function exchangesOf({ scene }: TrialScene, count: number): Promise<readonly ActivityRow[]> {
  const rows = (await scene.world.events()).filter(({ kind }) => kind === 'exchange')
  return rows.slice(-count)
}

const viewOf = ({ scene }: TrialScene) => scene.world.client.secrets.get('one')

for (const plane of planes) {
  const open = (): TrialScene => scenes.get(plane)!

  test(`V5, AC-18.3, ${plane}: a service that declines the new value is asked once more with the one before`, async () => {
    const trial = open()
    const { fresh, old } = await trial.stage()
    const { version } = await viewOf(trial)
    const { status, values, requests } = await ask(trial)
    assert.deepEqual([status, values], [200, [fresh, old]])
    assert.notEqual(requests[0]!.connection, requests[1]!.connection, 'SEC-16: never on one connection')
    const [declined, repeated] = await exchangesOf(trial, 2)
    assert.notEqual(declined!.id, repeated!.id)
    assert.deepEqual(
      [declined!.event.secrets, declined!.event.upstreamStatus, declined!.event.status],
      [[`one@${version}`], 401, undefined],
    )
    assert.deepEqual([repeated!.event.secrets, repeated!.event.status], [[`one@${version - 1}`], 200])
    assert.match(repeated!.event.note!, new RegExp(declined!.id))
    const { staged } = await viewOf(trial)
    assert.deepEqual([staged?.previousAccepted, typeof staged?.declinedAt], [true, 'string'])
  })

  test(`V5, ${plane}: while the new value rests, the one before goes first; then the new one is tried again`, async () => {
    const trial = open()
    const { fresh, old } = await trial.stage()
    await ask(trial)
    assert.deepEqual((await ask(trial)).values, [old])
    trial.pass(minuteMs)
    trial.accepted.add(fresh)
    const { status, values } = await ask(trial)
    assert.deepEqual([status, values], [200, [fresh]])
    assert.equal((await viewOf(trial)).staged, undefined, 'it has proved itself')
    trial.accepted.delete(fresh)
    const after = await ask(trial)
    assert.deepEqual([after.status, after.values], [401, [fresh]], 'the one before is gone')
    assert.ok((await trial.scene.world.events()).some(({ event }) => event.kind === 'secret.rotation-ended'))
  })

  test(`V5, ${plane}: a body that was held is sent again as it was, whatever the method, on 401`, async () => {
    const trial = open()
    const { fresh, old } = await trial.stage()
    const { status, text, values } = await ask(trial, { method: 'POST', body: '{"n":1}' })
    assert.deepEqual([status, text, values], [200, '{"n":1}', [fresh, old]])
  })

  test(`V5, ${plane}: a 403 to what may not be sent twice goes back, and the next request has the value before`, async () => {
    const trial = open()
    const { fresh, old } = await trial.stage()
    trial.declining = 403
    const first = await ask(trial, { method: 'POST', body: 'x' })
    assert.deepEqual([first.status, first.values], [403, [fresh]])
    const next = await ask(trial, { method: 'POST', body: 'x' })
    assert.deepEqual([next.status, next.values], [200, [old]])
  })

  test(`V5, ${plane}: a body that was not held is not sent again`, async () => {
    const trial = open()
    const { fresh, old } = await trial.stage()
    const long = await ask(trial, { method: 'PUT', body: 'x'.repeat(3_000_000) })
    assert.deepEqual([long.status, long.values], [401, [fresh]])
    assert.deepEqual((await ask(trial)).values, [old])
  })

  test(`V5, ${plane}: what is declined with either value is about the request, and says nothing of them`, async () => {
    const trial = open()
    const { fresh, old } = await trial.stage()
    trial.accepted.clear()
    const { status, values } = await ask(trial)
    assert.deepEqual([status, values], [401, [fresh, old]])
    assert.equal((await viewOf(trial)).staged?.declinedAt, null)
    trial.declining = 404
    const other = await ask(trial)
    assert.deepEqual([other.status, other.values], [404, [fresh]], 'another answer is passed on, and proves nothing')
    assert.equal((await viewOf(trial)).staged?.declinedAt, null)
  })

  test(`V5, ${plane}: when the time is up, the value that works is put back, with an alarm`, async () => {
    const trial = open()
    const { old } = await trial.stage()
    const { version } = await viewOf(trial)
    await ask(trial)
    trial.pass(30 * minuteMs)
    assert.deepEqual((await ask(trial)).values, [old])
    await poll(async () => (await viewOf(trial)).staged === undefined || undefined)
    assert.equal((await viewOf(trial)).version, version + 1)
    assert.deepEqual((await ask(trial)).values, [old])
    const alarms = (await trial.scene.world.events()).filter(({ event }) => event.code === 'rotation_put_back')
    assert.deepEqual(
      alarms.map(({ event }) => event.secrets),
      [[`one@${version + 1}`]],
    )
  })

  test(`AC-11.2, ${plane}: what is revoked while the service declines is not asked again`, async () => {
    const trial = open()
    const { old } = await trial.stage()
    const { origin, world, createSandbox } = trial.scene
    const inside = await createSandbox()
    const { answer } = origin
    origin.answer = async (request) => {
      await world.client.sandboxes.detach(inside.sandbox.id, 'ONE')
      await answer(request)
    }
    const first = origin.requests.length
    const headers = [['Authorization', `Bearer ${inside.placeholder('ONE')}`]] as const
    const { status, code } = await inside.send({ host: api, headers })
    origin.answer = answer
    assert.deepEqual([status, code], [403, 'grant_ended'])
    assert.ok(!origin.requests.slice(first).map(valueIn).includes(old))
    await inside.end()
  })

  test(`V5, ${plane}: a rotation after a compromise ends a trial, and cannot be one`, async () => {
    const trial = open()
    const { client } = trial.scene.world
    const { old } = await trial.stage()
    const fresh = makeCanary('sk-last-').value
    const both = { compromised: true, stagedSeconds: 60 }
    await assert.rejects(client.secrets.rotate('one', fresh, both), { code: 'request_invalid' })
    await assert.rejects(client.secrets.rotate('one', fresh, { stagedSeconds: 3601 }), { code: 'request_invalid' })
    const { staged } = await client.secrets.rotate('one', fresh, { compromised: true })
    assert.equal(staged, undefined)
    const { status, values } = await ask(trial)
    assert.deepEqual([status, values], [401, [fresh]], 'not with the value before')
    const rotations = (await trial.scene.world.events()).filter(({ event }) => event.kind === 'secret.rotated')
    assert.equal(rotations.at(-1)?.event.note, 'the value before was compromised')
    await client.secrets.rotate('one', old)
  })
}
