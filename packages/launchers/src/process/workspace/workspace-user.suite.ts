import { realpathSync } from 'node:fs'
import { checkMounts } from '../mount/checked-mount.ts'
import { ForbiddenPlaces } from '../mount/forbidden-places.ts'
import { statusOf } from '../mount/status-of.ts'
import { type PreparedWorkspace, prepareWorkspace } from './prepare-workspace.ts'

// A program that readies a workspace and leaves it, so many times: `FOLDER ROUNDS`. Says what a sandbox would have failed for.
const [folder = '', rounds = ''] = process.argv.slice(2)
const source = realpathSync(folder)

function complaints({ shown, report }: PreparedWorkspace): string[] {
  const paths = shown.flatMap(({ mount, protections }) => protections.map(([path]) => `${mount.source}/${path}`))
  const missing = paths.filter((path) => statusOf(path) === undefined)
  return [...report.readOnly.map((reason) => `read-only: ${reason}`), ...missing.map((path) => `missing: ${path}`)]
}

for (let round = 0; round < Number(rounds); round += 1) {
  const places = new ForbiddenPlaces([])
  const prepared = await prepareWorkspace(checkMounts([{ source, writable: true }], places, undefined), places)
  process.stdout.write(
    complaints(prepared)
      .map((complaint) => `${complaint}\n`)
      .join(''),
  )
  await prepared.release()
}
