import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AnchoredFolder, readPlainFile } from './anchored-folder.ts'

const linux = { skip: process.platform !== 'linux' && 'needs Linux' }

function withFolder(use: (root: string) => void): void {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'anchored-')))
  try {
    mkdirSync(join(root, 'real'))
    writeFileSync(join(root, 'real/file'), 'content')
    symlinkSync('real', join(root, 'link'))
    symlinkSync('file', join(root, 'real/link'))
    use(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('a plain file is read, up to the limit', linux, () => {
  withFolder((root) => {
    assert.deepEqual(readPlainFile(join(root, 'real/file'), 100), { text: 'content', complete: true })
    assert.deepEqual(readPlainFile(join(root, 'real/file'), 3), { text: 'con', complete: false })
  })
})

test('nothing is read through a link, on no step of the path, nor from what is no file', linux, () => {
  withFolder((root) => {
    for (const path of ['link/file', 'real/link', 'real', 'absent', 'real/file/more']) {
      assert.equal(readPlainFile(join(root, path), 100), undefined, path)
    }
    assert.equal(readPlainFile('/dev/zero', 100), undefined)
  })
})

test('an open folder is the same after its name was given to another', linux, () => {
  withFolder((root) => {
    using folder = new AnchoredFolder(join(root, 'real'))
    renameSync(join(root, 'real'), join(root, 'moved'))
    mkdirSync(join(root, 'real'))
    writeFileSync(folder.at('new'), 'mine')
    assert.equal(readPlainFile(join(root, 'moved/new'), 100)?.text, 'mine')
    assert.equal(readPlainFile(join(root, 'real/new'), 100), undefined)
    assert.throws(() => new AnchoredFolder(join(root, 'link')))
  })
})
