import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import type { TlsRoot } from '../fixtures/tls-root.ts'
import { startBroker } from './running-broker.ts'

/** A broker of the caller in a home of its own, which takes registered sandboxes. */
export interface StageBroker {
  readonly coatcheck: CoatcheckCommand
  readonly client: CoatcheckClient
  /** An empty folder, for whoever is in a sandbox. */
  readonly workspace: string
}

/** Starts the broker. @param root what it trusts besides; `undo` ends it and removes its folders */
export async function startStageBroker(root: TlsRoot, undo: AsyncDisposableStack): Promise<StageBroker> {
  const folder = undo.use(makeTemporaryHome()).path
  const [home, workspace] = [join(folder, 'home'), join(folder, 'workspace')]
  for (const path of [home, workspace]) mkdirSync(path)
  const rootFile = join(folder, 'root.pem')
  writeFileSync(rootFile, root.certificate)
  const coatcheck = makeCoatcheckCommand(home)
  const { socketPath } = undo.use(await startBroker(coatcheck, ['--proxy', '127.0.0.1:0', '--roots', rootFile]))
  return { coatcheck, client: createClient({ socketPath }), workspace }
}
