import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Clock } from '../../foundation/clock.ts'
import { createKeyFile } from '../../vault/create-key-file.ts'
import { FileKeyProvider } from '../../vault/file-key-provider.ts'
import { KeyCustody } from '../../vault/key-custody.ts'
import { KeyFileEditor } from '../../vault/key-file-editor.ts'
import { KeyRing } from '../../vault/key-ring.ts'
import { LocalVault } from '../../vault/local-vault.ts'
import { FileLockMarker } from '../../vault/lock-marker.ts'
import { openStorage, type Storage } from './open-storage.ts'

/** A key, a database and a vault over them. */
export interface Installation {
  readonly keyRing: KeyRing
  readonly storage: Storage
  readonly vault: LocalVault
  readonly custody: KeyCustody
}

/** Where an installation lies; `open` opens it, as one more process would. */
export interface InstallationFolder {
  readonly root: string
  readonly databasePath: string
  readonly highWaterPath: string
  readonly sharesPath: string
  open(clock?: Clock): Installation
}

/** Makes a folder with a key file in it; everything in it is closed and removed after the test. */
export function createInstallation(test: TestContext): InstallationFolder {
  const root = mkdtempSync(join(tmpdir(), 'coatcheck-storage-'))
  const opened: Storage[] = []
  test.after(() => {
    for (const storage of opened) storage.close()
    rmSync(root, { recursive: true, force: true })
  })
  createKeyFile(join(root, 'keys', 'key'))
  return {
    ...installationPaths(root),
    open(clock) {
      const installation = openInstallation(root, clock)
      opened.push(installation.storage)
      return installation
    },
  }
}

/** Opens the installation in a folder. */
export function openInstallation(root: string, clock?: Clock): Installation {
  const { databasePath, highWaterPath, sharesPath } = installationPaths(root)
  const keyPath = join(root, 'keys', 'key')
  const provider = new FileKeyProvider(keyPath)
  const keyRing = new KeyRing(provider, new FileLockMarker(join(root, 'keys', 'locked')))
  const storage = openStorage({
    databasePath,
    highWaterPath,
    sharesPath,
    keyRing,
    ...(clock === undefined ? {} : { clock }),
  })
  const vault = new LocalVault({ store: storage.secrets, keyRing, clock: storage.clock })
  const keyFile = new KeyFileEditor(keyPath, provider)
  return { keyRing, storage, vault, custody: new KeyCustody({ keyFile, keyRing, store: storage.keyed }) }
}

function installationPaths(root: string) {
  return {
    root,
    databasePath: join(root, 'data', 'coatcheck.db'),
    highWaterPath: join(root, 'keys', 'high-water'),
    sharesPath: join(root, 'keys', 'secrets'),
  }
}
