import { lstatSync, readdirSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Home, homePaths } from './home.ts'

/** Removes the folders of a home that hold nothing; inner ones first. The folder around the keys is ours in every layout. */
export function removeEmptyFolders(home: Home): void {
  const { audit, secretShares } = homePaths(home)
  for (const folder of [home.run, secretShares, home.keys, audit, home.data, dirname(home.keys)]) {
    const isFolder = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    if (isFolder && readdirSync(folder).length === 0) rmdirSync(folder)
  }
}
