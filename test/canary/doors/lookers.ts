import assert from 'node:assert/strict'
import { register } from '../registered.ts'
import { goodHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

/** What tells how things stand, and what would happen. */
export const lookers: Door = {
  name: 'explanations, doctor and completion',
  once: true,
  async walk(stage) {
    await explanations(stage)
    const doctor = await stage.command(['doctor', '--json'], { env: { STRIPE_SECRET_KEY: stage.values.ambient.value } })
    assert.ok(doctor.stdout.length > 0, doctor.stderr)
    for (const args of [
      ['completion', 'bash'],
      ['complete', '--', 'secret', 'rotate', ''],
      ['complete', '--', 'run', '--secret', 'KEY='],
      ['token', 'list'],
      ['profile', 'show', 'dev', '--json'],
      ['secret', 'activity', 'key', '--json'],
    ]) {
      assert.equal((await stage.command(args)).code, 0, args.join(' '))
    }
  },
}

/** Requests of every verdict, with real values in them as somebody in a hurry would paste them. */
async function explanations(stage: Stage): Promise<void> {
  const { sandbox } = await register(stage, { secrets: { KEY: 'key' } })
  const { stored, foreign } = stage.values
  const field = (value: string) => ({ name: 'Authorization', value: `Bearer ${value}` })
  const questions: readonly (readonly [target: string, header: object | undefined, status: number])[] = [
    ['/json', field('$KEY'), 200],
    ['/json', undefined, 200],
    ['/json', field(stored.value), 200],
    ['/json', field(foreign.value), 200],
    ['/json', field(sandbox.token), 200],
    [`/json?key=${stored.value}`, field('$KEY'), 200],
    [`/../${stored.value}`, field('$KEY'), 200],
    ['/json', { name: stored.value, value: `\u0000${stored.value}` }, 400],
    ['/json', { value: stored.value }, 400],
  ]
  for (const [target, header, status] of questions) {
    const body = {
      sandbox: sandbox.id,
      method: 'GET',
      url: `https://${goodHost}${target}`,
      headers: header === undefined ? [] : [header],
    }
    const answer = await stage.ask({ method: 'POST', path: '/v1/explain', body })
    assert.equal(answer.status, status, `${target}: ${answer.text}`)
  }
  for (const wrong of [
    { method: 'GET', url: stored.value, sandbox: sandbox.id },
    { method: 'GET', url: `https://me:${stored.value}@${goodHost}/`, sandbox: sandbox.id },
    { method: 'GET', url: `https://${goodHost}/`, sandbox: stored.value },
    { method: 'GET', url: `https://${goodHost}/`, sandbox: sandbox.id, [stored.value]: stored.value },
  ])
    await stage.ask({ method: 'POST', path: '/v1/explain', body: wrong })
  const args = ['--sandbox', sandbox.id, '--header', 'Authorization: Bearer $KEY']
  const { code, stdout } = await stage.command(['explain', 'GET', `https://${goodHost}/json`, ...args])
  assert.equal(code, 0, stdout)
  await stage.client.sandboxes.end(sandbox.id)
}
