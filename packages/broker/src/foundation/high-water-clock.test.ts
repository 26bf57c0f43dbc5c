import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClockMark, HighWaterClock } from './high-water-clock.ts'

const start = Date.parse('2026-11-22T10:00:00.000Z')
const minute = 60_000

class FakeClock {
  wallMs = start
  elapsedMs = 0

  now(): Date {
    return new Date(this.wallMs)
  }

  monotonicMs(): number {
    return this.elapsedMs
  }

  pass(durationMs: number): void {
    this.wallMs += durationMs
    this.elapsedMs += durationMs
  }
}

class MemoryMark implements ClockMark {
  mark: number | undefined | 'unreadable'
  writes = 0

  read(): number | undefined | 'unreadable' {
    return this.mark
  }

  write(mark: number): void {
    this.mark = mark
    this.writes++
  }
}

function make() {
  const [inner, mark] = [new FakeClock(), new MemoryMark()]
  return { inner, mark, clock: new HighWaterClock(inner, mark) }
}

test('SEC-14: with the clock set back an hour, what expired stays expired, also after a restart', () => {
  const { inner, mark, clock } = make()
  const expiresAt = start + minute
  inner.pass(2 * minute)
  assert.ok(clock.now().getTime() > expiresAt)
  inner.wallMs -= 60 * minute
  assert.ok(clock.now().getTime() > expiresAt)
  assert.throws(() => clock.assertSane(), { code: 'clock_jumped' })
  const restarted = new HighWaterClock(inner, mark)
  assert.ok(restarted.now().getTime() > expiresAt)
  assert.throws(() => restarted.assertSane(), { code: 'clock_jumped' })
})

test('time stands still until the wall clock has caught up', () => {
  const { inner, clock } = make()
  const before = clock.now()
  inner.wallMs -= 30_000
  assert.deepEqual(clock.now(), before)
  clock.assertSane()
  inner.pass(31_000)
  assert.equal(clock.now().getTime(), start + 1_000)
})

test('a minute behind is endured, more is a jump, and it heals by itself', () => {
  const { inner, clock } = make()
  clock.now()
  inner.wallMs = start - minute
  clock.assertSane()
  inner.wallMs -= 1
  assert.throws(() => clock.assertSane(), { code: 'clock_jumped' })
  inner.pass(2)
  clock.assertSane()
})

test('the mark is written at most every five seconds, unless it is asked for', () => {
  const { inner, mark, clock } = make()
  for (let second = 0; second < 10; second++) {
    clock.now()
    inner.pass(1_000)
  }
  assert.equal(mark.writes, 2)
  clock.persist()
  assert.equal(mark.mark, start + 10_000)
})

test('a mark is never written back to an earlier instant, and other processes are heard', () => {
  const { inner, mark, clock } = make()
  clock.now()
  mark.mark = start + 10 * minute
  clock.persist()
  assert.equal(mark.mark, start + 10 * minute)
  assert.equal(clock.now().getTime(), start + 10 * minute)
  inner.pass(10 * minute + 1)
  assert.equal(clock.now().getTime(), start + 10 * minute + 1)
})

test('a mark that cannot be read is a jump, and is kept for the operator', () => {
  const { inner, mark } = make()
  mark.mark = 'unreadable'
  const clock = new HighWaterClock(inner, mark)
  assert.throws(() => clock.assertSane(), { code: 'clock_jumped' })
  assert.equal(mark.mark, 'unreadable')
  clock.confirm()
  clock.assertSane()
  assert.equal(mark.mark, start)
})

test('an operator can take the wall clock as right again after it was wrong', () => {
  const { inner, mark, clock } = make()
  inner.wallMs = start + 1_000 * minute
  clock.persist()
  inner.wallMs = start
  assert.throws(() => clock.assertSane(), { code: 'clock_jumped' })
  clock.confirm()
  clock.assertSane()
  assert.equal(clock.now().getTime(), start)
  assert.equal(mark.mark, start)
})
