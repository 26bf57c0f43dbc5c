import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { envSource } from './kinds/env-source.ts'
import { execSource } from './kinds/exec-source.ts'
import { fileSource } from './kinds/file-source.ts'
import type { SourceScene } from './source.suite.ts'
import type { SourceParts } from './source-kind.ts'

/** Parts of sources that dial nothing. */
export const partsWithoutNetwork: SourceParts = {
  clock: { now: () => new Date() },
  dial: () => Promise.reject(new Error('nothing is dialled')),
  homeFolder: '/nonexistent',
  variables: new Map(),
}

/** A folder of its own without links in its path. */
export function makeSourceFolder(): Disposable & { readonly path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'coatcheck-source-')))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** A source that reads a variable. */
export async function envScene(value: Uint8Array): Promise<SourceScene> {
  const variables = new Map<string, string>()
  const put = (text: Uint8Array | undefined): void => {
    if (text === undefined) variables.delete('KEY')
    else variables.set('KEY', Buffer.from(text).toString())
  }
  put(value)
  const source = envSource.open({ variable: 'KEY' }, { ...partsWithoutNetwork, variables })
  return { source, put, takesBytes: false, async [Symbol.asyncDispose]() {} }
}

/** A source that reads a file. */
export async function fileScene(value: Uint8Array): Promise<SourceScene> {
  const folder = makeSourceFolder()
  const path = join(folder.path, 'value')
  const put = (bytes: Uint8Array | undefined): void => {
    if (bytes === undefined) rmSync(path)
    else writeFileSync(path, bytes, { mode: 0o600 })
  }
  put(value)
  return {
    source: fileSource.open({ path }, partsWithoutNetwork),
    put,
    deny: () => chmodSync(path, 0o620),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]()
    },
  }
}

/** A source that runs a program. */
export async function execScene(value: Uint8Array): Promise<SourceScene> {
  const folder = makeSourceFolder()
  const [path, said] = [join(folder.path, 'program'), join(folder.path, 'said')]
  const put = (bytes: Uint8Array | undefined): void => {
    if (bytes === undefined) rmSync(said)
    else writeFileSync(said, bytes)
  }
  writeFileSync(path, `#!/bin/sh\necho of no interest >&2\nexec cat ${said}\n`, { mode: 0o700 })
  put(value)
  return {
    source: execSource.open({ command: [path] }, partsWithoutNetwork),
    put,
    stall: () => writeFileSync(path, '#!/bin/sh\nsleep 60 & wait\n'),
    deny: () => chmodSync(path, 0o600),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]()
    },
  }
}
