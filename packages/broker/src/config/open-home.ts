import { existsSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { HomeLock } from '../storage/sqlite/home-lock.ts'
import { openStorage, type Storage } from '../storage/sqlite/open-storage.ts'
import { KeyCustody } from '../vault/key-custody.ts'
import { refuseWorkTree } from '../vault/key-file-location.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import { type Home, homePaths } from './home.ts'
import { finishChange, sweepStages } from './home-change.ts'
import { checkNewKey, type KeyOptions, openKeys } from './open-keys.ts'
import { prepareHome } from './prepare-home.ts'

/** A home that this process works in. */
export interface OpenedHome {
  readonly keyRing: KeyRing
  readonly storage: Storage
  readonly custody: KeyCustody
  /** Ends the claim on the home and closes its storage. */
  close(): void
}

/** How a home is opened. */
export interface HomeOptions extends KeyOptions {
  readonly home: Home
  readonly socketPath: string
  readonly clock?: Clock
}

/**
 * Claims a home, and opens its keys and its storage; makes what is missing.
 * @throws CoatcheckError `home_unusable` | `home_in_use` | `removal_unfinished` | `key_unusable` | `passphrase_wrong` | `passphrase_weak` | `storage_unavailable` | `storage_newer` | `row_tampered`
 */
export function openHome({ home, socketPath, clock, ...keyOptions }: HomeOptions): OpenedHome {
  const { change, database, highWater, lock: lockPath, secretShares, socket } = homePaths(home)
  checkNewKey(home, keyOptions)
  // Said again where the key is opened; here it keeps folders from being made in a repository.
  refuseWorkTree(home.keys)
  prepareHome(home)
  finishChange(home)
  const lock = new HomeLock(lockPath, socketPath === socket ? 'serving' : 'shared')
  try {
    // Another one that began and died since then.
    if (existsSync(change)) throw new CoatcheckError('home_in_use')
    sweepStages(home)
    const { keyRing, keyFile } = openKeys(home, keyOptions)
    const storage = openStorage({
      databasePath: database,
      highWaterPath: highWater,
      sharesPath: secretShares,
      keyRing,
      ...(clock === undefined ? {} : { clock }),
    })
    const close = (): void => {
      storage.close()
      lock.release()
    }
    return { keyRing, storage, custody: new KeyCustody({ keyFile, keyRing, store: storage.keyed }), close }
  } catch (error) {
    lock.release()
    throw error
  }
}
