import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BackupEntry, readBackup, sizeOfBackup, writeBackup } from './backup-format.ts'

const entry = (name: string, text: string): BackupEntry => ({
  name,
  size: Buffer.byteLength(text),
  read: () => [Buffer.from(text)],
})

async function bytesOf(entries: readonly BackupEntry[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(writeBackup(entries)))
}

async function read(bytes: Uint8Array, cut = bytes.length): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut)
  }
  await readBackup(chunks(), (name) => {
    found[name] = ''
    return (chunk) => {
      found[name] += Buffer.from(chunk).toString('latin1')
    }
  })
  return found
}

const sample = [entry('manifest', '{}'), entry('database', 'line\nline\n\0end 1'), entry('audit/empty', '')]

test('a backup is read as it was written, wherever it is cut, and has the size that was told before', async () => {
  const bytes = await bytesOf(sample)
  assert.equal(bytes.length, sizeOfBackup(sample))
  for (const cut of [1, 2, 7, 64, 100_000]) {
    assert.deepEqual(await read(bytes, cut), {
      manifest: '{}',
      database: 'line\nline\n\0end 1',
      'audit/empty': '',
    })
  }
})

test('a backup that is cut anywhere, or goes on after its end, is refused', async () => {
  const bytes = await bytesOf(sample)
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(read(bytes.subarray(0, length)), { code: 'backup_unusable' }, `${length}`)
  }
  await assert.rejects(read(Buffer.concat([bytes, Buffer.from('x')])), { code: 'backup_unusable' })
})

test('a backup in which any byte was changed is refused', async () => {
  const bytes = await bytesOf(sample)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    await assert.rejects(read(changed), { code: 'backup_unusable' }, `${at}`)
  }
})

test('what is no backup, or of a newer format, is refused', async () => {
  await assert.rejects(read(Buffer.from('coatcheck-backup-2\n')), /newer version/)
  await assert.rejects(read(Buffer.from('SQLite format 3\0')), /cut short, or no backup/)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), (bytes) =>
      assert.rejects(read(bytes), { code: 'backup_unusable' }),
    ),
  )
})

test('an entry that does not have the size it was announced with ends the backup', async () => {
  for (const size of [1, 99]) {
    await assert.rejects(bytesOf([{ ...entry('database', 'content'), size }]), { code: 'storage_unavailable' })
  }
})
