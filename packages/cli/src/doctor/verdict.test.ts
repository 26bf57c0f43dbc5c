import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Finding, finding } from './finding.ts'
import { verdictOf } from './verdict.ts'

const proofs = ['bypass', 'files', 'environment', 'names'].map((check) => finding(check, 'ok', 'it holds'))
const change = (changed: Finding): readonly Finding[] =>
  proofs.map((proof) => (proof.check === changed.check ? changed : proof))

test('N10: only when everything was tried and nothing got out is the sandbox said to be fenced', () => {
  assert.equal(verdictOf(proofs).verdict, 'fenced')
  assert.equal(verdictOf([finding('vault', 'failed', 'locked'), ...proofs]).verdict, 'fenced')
  for (const { check } of proofs) {
    assert.equal(verdictOf(proofs.filter((proof) => proof.check !== check)).verdict, 'advisory', check)
    assert.equal(verdictOf(change(finding(check, 'skipped', 'not tried'))).verdict, 'advisory', check)
  }
})

test('N10: whatever got out is said first', () => {
  for (const { check } of proofs) {
    const { verdict, says } = verdictOf(change(finding(check, 'failed', 'something got out')))
    assert.deepEqual([verdict, says], ['unsafe', 'The sandbox can bypass the broker: something got out.'])
  }
})

test('N10: a host that cannot fence gets advice, and the reason', () => {
  const fence = finding('fence', 'failed', 'this host cannot fence a sandbox', 'The program bwrap is missing.')
  assert.deepEqual(verdictOf([fence]), {
    verdict: 'advisory',
    says: 'Advisory only: a program can bypass the broker here, because this host cannot fence a sandbox. The program bwrap is missing.',
  })
  const start = [finding('fence', 'ok', 'it can'), finding('bypass', 'failed', 'no sandbox could be started')]
  assert.deepEqual(verdictOf(start), {
    verdict: 'advisory',
    says: 'Advisory only: a program can bypass the broker here, because no sandbox could be started.',
  })
})
