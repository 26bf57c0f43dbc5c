import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { SqliteUsageStore } from './usage-store.ts'
import { verifyUsage } from './verify-usage.ts'

test('counters that are whole are taken; what is damaged, cut or something else is not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-usage-'))
  try {
    const path = join(folder, 'usage.db')
    const store = new SqliteUsageStore(path)
    store.transact((rows) => rows.add('a cap', 0, 1, 2))
    store.close()
    verifyUsage(path)
    truncateSync(path, 5000)
    assert.throws(() => verifyUsage(path), { code: 'storage_damaged' })
    const text = join(folder, 'text')
    writeFileSync(text, 'no database '.repeat(100))
    assert.throws(() => verifyUsage(text), { code: 'storage_damaged' })
    const other = join(folder, 'other')
    new DatabaseSync(other).exec('CREATE TABLE usage (name TEXT)')
    assert.throws(() => verifyUsage(other), { name: 'CoatcheckError' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
