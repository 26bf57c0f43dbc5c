import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import type { MainPost } from './main-post.ts'
import { RemoteValues } from './remote-values.ts'

const grant = { id: 'gnt_1', sandboxId: 'sbx_1', secretId: 'sec_1' }
const other = { ...grant, id: 'gnt_2', sandboxId: 'sbx_2' }

/** Values whose main thread is a function; what was asked of it is kept. */
function makeValues(answer: () => { version: number; text: string; untilMs?: number }) {
  const asked: unknown[] = []
  const present = { revision: 1 }
  const ask = async (_name: string, body: unknown) => {
    asked.push(body)
    const { text, ...rest } = answer()
    return { ...rest, value: Uint8Array.from(Buffer.from(text)) }
  }
  const post = { ask } as unknown as MainPost
  return { values: new RemoteValues(post, { current: () => present.revision }), asked, present }
}

const read = (values: RemoteValues): string => {
  using value = values.reveal(grant.secretId).value
  return value.use((bytes) => Buffer.from(bytes).toString())
}

test('a value is asked for once at each revision, and for each grant', async () => {
  const { values, asked, present } = makeValues(() => ({ version: 1, text: 'first' }))
  await values.bring([grant])
  assert.equal(values.bring([grant]), undefined)
  assert.equal(read(values), 'first')
  await values.bring([other])
  assert.equal(values.bring([grant, other]), undefined)
  present.revision += 1
  await values.bring([grant])
  const { id: grantId, sandboxId } = grant
  assert.deepEqual(asked, [
    { sandboxId, grantId },
    { sandboxId: other.sandboxId, grantId: other.id },
    { sandboxId, grantId },
  ])
})

test('what a request wipes is its own copy', async () => {
  const { values } = makeValues(() => ({ version: 1, text: 'first' }))
  await values.bring([grant])
  values.reveal(grant.secretId).value[Symbol.dispose]()
  assert.equal(read(values), 'first')
})

test('SEC-01: where the main thread says no, the value that was there before is gone', async () => {
  let isGone = false
  const { values, present } = makeValues(() => {
    if (isGone) throw new CoatcheckError('vault_locked')
    return { version: 1, text: 'first' }
  })
  await values.bring([grant])
  isGone = true
  present.revision += 1
  await values.bring([grant])
  assert.throws(() => values.reveal(grant.secretId), { code: 'vault_locked' })
})

test('AC-5.6: what a service did not take is wiped, and asked for again', async () => {
  const { values, asked } = makeValues(() => ({ version: 1, text: 'first' }))
  await values.bring([grant])
  values.dismiss(grant)
  assert.throws(() => read(values), { code: 'secret_not_found' })
  await values.bring([grant])
  assert.equal(read(values), 'first')
  assert.equal(asked.length, 3)
})

test('values of another revision are dropped, and all of them where that is asked for', async () => {
  const { values, present } = makeValues(() => ({ version: 1, text: 'first' }))
  await values.bring([grant])
  values.drop('outdated')
  assert.equal(read(values), 'first')
  present.revision += 1
  values.drop('outdated')
  assert.throws(() => read(values), { code: 'secret_not_found' })
  await values.bring([grant])
  values.drop('all')
  assert.throws(() => read(values), { code: 'secret_not_found' })
})

test('a value that is good until an instant is asked for again after it, and says so', async () => {
  let untilMs = Date.now() + 3_600_000
  let text = 'first'
  const { values, asked } = makeValues(() => ({ version: 1, text, untilMs }))
  await values.bring([grant])
  assert.equal(values.bring([grant]), undefined)
  assert.equal(values.reveal(grant.secretId).untilMs, untilMs)
  untilMs = Date.now() - 1
  values.drop('all')
  await values.bring([grant])
  text = 'second'
  await values.bring([grant])
  assert.equal(read(values), 'second')
  assert.equal(asked.length, 3)
})
