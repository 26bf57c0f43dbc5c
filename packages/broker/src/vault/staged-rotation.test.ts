import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../foundation/clock.ts'
import { MemorySecretStore } from '../storage/memory/secret-store.ts'
import { fixedKey } from './fixed-key.suite.ts'
import { KeyRing } from './key-ring.ts'
import { LocalVault } from './local-vault.ts'
import { SecretValue } from './secret-value.ts'
import { judged, leadingVersion, pauseMs, type StagedRotation } from './staged-rotation.ts'
import type { NewSecret, RevealedSecret } from './vault.ts'

const input: NewSecret = {
  project: 'default',
  name: 'stripe',
  provider: null,
  shape: null,
  scopes: [{ to: 'api.stripe.com', inject: { kind: 'bearer' } }],
  rotationDays: 30,
  weak: false,
}
const startMs = Date.parse('2030-01-01T00:00:00Z')
const hourSeconds = 3600
const makeValue = (name: string) => new SecretValue(Buffer.from(textFor(name)))
const textFor = (name: string) => `sk_live_${name}_0123456789abcdef`
const nameIn = ({ value }: RevealedSecret) => value.use((bytes) => Buffer.from(bytes).toString()).split('_')[2]

class MovedClock implements Clock {
  ms = startMs
  now = (): Date => new Date(this.ms)
  monotonicMs = (): number => this.ms
}

function make() {
  const clock = new MovedClock()
  const store = new MemorySecretStore()
  const vault = new LocalVault({ store, keyRing: new KeyRing(fixedKey(7)), clock })
  const { id } = vault.create(input, makeValue('old'))
  const pass = (ms: number): void => {
    clock.ms += ms
  }
  const kept = () => [1, 2, 3, 4].filter((version) => store.readVersion(id, version) !== undefined)
  return { clock, store, vault, id, pass, kept, used: () => nameIn(vault.reveal(id)) }
}

test('V5: a staged rotation tries the new value first, and keeps the one before', () => {
  const { vault, id, kept } = make()
  const rotated = vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  assert.deepEqual(
    [rotated.version, rotated.staged?.previous, rotated.staged?.until],
    [2, 1, '2030-01-01T01:00:00.000Z'],
  )
  const revealed = vault.reveal(id)
  assert.deepEqual(
    [nameIn(revealed), revealed.version, revealed.trial, revealed.untilMs],
    ['new', 2, 'new', startMs + hourSeconds * 1000],
  )
  const previous = vault.revealPrevious(id)
  assert.deepEqual([nameIn(previous), previous.version, previous.trial], ['old', 1, 'previous'])
  assert.deepEqual(kept(), [1, 2])
})

test('V5: the first acceptance of the new value destroys the one before', () => {
  const { vault, id, kept, used } = make()
  vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  assert.equal(vault.judge(id, 1, 'accepted'), undefined, 'the one before has nothing to prove')
  const settled = vault.judge(id, 2, 'accepted')
  assert.deepEqual([settled?.end, settled?.secret.version, settled?.secret.staged], ['accepted', 2, undefined])
  assert.deepEqual([kept(), used()], [[2], 'new'])
  assert.throws(() => vault.revealPrevious(id), { code: 'secret_changed' })
  assert.equal(vault.judge(id, 2, 'accepted'), undefined)
})

test('V5: after the new value was declined, the one before stands in for a while, and then the new one is tried again', () => {
  const { vault, id, pass } = make()
  vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  assert.equal(vault.judge(id, 2, 'declined'), undefined)
  const revealed = vault.reveal(id)
  assert.deepEqual([nameIn(revealed), revealed.version, revealed.trial], ['old', 1, 'previous'])
  assert.equal(revealed.untilMs, startMs + pauseMs)
  pass(pauseMs)
  assert.deepEqual([nameIn(vault.reveal(id)), vault.reveal(id).trial], ['new', 'new'])
  assert.equal(vault.judge(id, 2, 'accepted')?.end, 'accepted')
})

test('V5: when the time is up, the new value stays, tried or not, unless services took only the one before', () => {
  for (const isDeclined of [false, true]) {
    const { vault, id, pass, kept, used } = make()
    vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
    if (isDeclined) vault.judge(id, 2, 'declined')
    assert.equal(vault.settle(id), undefined, 'not before')
    pass(hourSeconds * 1000)
    const revealed = vault.reveal(id)
    assert.deepEqual([nameIn(revealed), revealed.trial, revealed.untilMs], ['new', undefined, undefined])
    assert.throws(() => vault.revealPrevious(id), { code: 'secret_changed' })
    assert.equal(vault.settle(id)?.end, 'time-up')
    assert.deepEqual([kept(), used()], [[2], 'new'])
    assert.equal(vault.settle(id), undefined)
  }
})

test('V5: a value that never worked does not cost the one that does, which gets a number of its own (SEC-16)', () => {
  const { vault, id, pass, kept, used } = make()
  const created = vault.get('default', 'stripe')
  pass(60_000)
  vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  vault.judge(id, 2, 'declined')
  vault.judge(id, 1, 'accepted')
  pass(hourSeconds * 1000)
  assert.equal(used(), 'old', 'whether or not somebody came to settle it')
  const settled = vault.settle(id)
  assert.deepEqual([settled?.end, settled?.secret.version], ['put-back', 3])
  assert.equal(settled?.secret.rotatedAt, created.rotatedAt, 'it is as old as it was')
  assert.deepEqual([kept(), used(), vault.reveal(id).trial], [[3], 'old', undefined])
})

test('V5: a rotation during a trial drops what never worked; a staged one keeps what did', () => {
  const staged = make()
  staged.vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  staged.vault.judge(staged.id, 2, 'declined')
  const again = staged.vault.rotate('default', 'stripe', makeValue('newer'), hourSeconds)
  assert.deepEqual([again.staged?.previous, again.staged?.declinedAt], [1, undefined])
  assert.deepEqual([staged.kept(), staged.used()], [[1, 3], 'newer'])

  const atOnce = make()
  atOnce.vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  assert.equal(atOnce.vault.rotate('default', 'stripe', makeValue('newer')).staged, undefined)
  assert.deepEqual([atOnce.kept(), atOnce.used()], [[3], 'newer'])
})

test('a change of scopes leaves a trial alone, and needs the new value', () => {
  const { vault, id } = make()
  vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  const wider = [...input.scopes, { to: 'files.stripe.com', inject: { kind: 'bearer' } }]
  assert.throws(() => vault.rescope('default', 'stripe', wider, makeValue('old')), { code: 'value_required' })
  vault.rescope('default', 'stripe', wider, makeValue('new'))
  assert.equal(vault.judge(id, 2, 'accepted')?.end, 'accepted')
})

test('verdicts on versions that are not on trial, of secrets that are not, or that are gone, change nothing', () => {
  const { vault, id } = make()
  assert.equal(vault.judge(id, 1, 'accepted'), undefined)
  vault.rotate('default', 'stripe', makeValue('new'), hourSeconds)
  for (const version of [0, 3]) assert.equal(vault.judge(id, version, 'accepted'), undefined)
  assert.notEqual(vault.get('default', 'stripe').staged, undefined)
  for (const act of [() => vault.judge('sec_none', 1, 'accepted'), () => vault.settle('sec_none')])
    assert.equal(act(), undefined)
  assert.equal(vault.markReminded('sec_none'), false)
  vault.lock()
  assert.throws(() => vault.judge(id, 2, 'accepted'), { code: 'vault_locked' })
  assert.throws(() => vault.revealPrevious(id), { code: 'vault_locked' })
})

test('one reminder for each time that a rotation is due', () => {
  const { vault, id, pass } = make()
  assert.equal(vault.markReminded(id), false)
  pass(30 * 24 * hourSeconds * 1000)
  assert.deepEqual([vault.markReminded(id), vault.markReminded(id)], [true, false])
  vault.rotate('default', 'stripe', makeValue('new'))
  assert.equal(vault.markReminded(id), false)
  pass(30 * 24 * hourSeconds * 1000)
  assert.equal(vault.markReminded(id), true)
})

test('what is known of a trial changes only with news', () => {
  const staged: StagedRotation = { previous: 1, previousRotatedAt: '', until: '2030-01-01T01:00:00Z' }
  const now = new Date(startMs)
  assert.equal(judged(staged, false, 'accepted', now), staged)
  assert.equal(judged(staged, false, 'declined', now), staged)
  const declined = judged(staged, true, 'declined', now)!
  assert.equal(judged(declined, true, 'declined', new Date(startMs + pauseMs - 1)), declined)
  const accepted = judged(declined, false, 'accepted', now)!
  assert.equal(accepted.previousAccepted, true)
  assert.equal(judged(accepted, false, 'accepted', now), accepted)
  assert.equal(judged(accepted, true, 'accepted', now), undefined)
  assert.equal(leadingVersion({ version: 2, staged: declined }, Date.parse(staged.until)).version, 2)
  assert.equal(leadingVersion({ version: 2, staged: accepted }, Date.parse(staged.until)).version, 1)
})
