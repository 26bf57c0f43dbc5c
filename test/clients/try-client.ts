import assert from 'node:assert/strict'
import { findCanary } from '../fixtures/canary.ts'
import type { ClientCase } from './client-case.ts'
import { placesOf, presentedCredentials } from './presented-credentials.ts'
import type { InsidePaths, ScriptEnd } from './sandbox-shell.ts'
import type { Scene } from './scene.ts'
import type { Service } from './services.ts'

/** Where the scripts of clients run. */
export interface ClientPlace {
  readonly scene: Scene
  readonly paths: InsidePaths
  /** Values of the variables that stand for keys. */
  readonly placeholders: readonly string[]
  run(script: string): Promise<ScriptEnd>
}

/**
 * Runs a client: it must work, the services must see its real credentials and nothing else of that kind, no placeholder may
 * arrive anywhere, and no key may come back.
 */
export async function tryClient({ scene, paths, placeholders, run }: ClientPlace, client: ClientCase): Promise<void> {
  scene.newRequests()
  const folder = `mkdir -p "$TMPDIR/cases" && cd "$(mktemp -d "$TMPDIR/cases/XXXXXX")"`
  const script = `set -e\n${folder}\nWORKSPACE='${scene.workspace}'\n${client.script(paths)}`
  const { exit, stdout, stderr } = await run(script)
  const requests = scene.newRequests()

  assert.equal(exit, 0, `${stdout}${stderr}`)
  assert.match(stdout.trim(), client.prints, stderr)
  const withCredential = requests.filter((request) => presentedCredentials(request).length > 0)
  const presented = new Set(withCredential.flatMap(presentedCredentials))
  assert.deepEqual([...presented].sort(), [...client.presents(scene.services)].sort())
  // Requests without any are those that a client sends to be asked for one.
  for (const { accepted, method, target } of withCredential) assert.ok(accepted, `${method} ${target} was refused`)
  for (const request of requests) assert.deepEqual(placesOf(placeholders, request), [])
  for (const { name, key } of Object.values<Service>(scene.services)) {
    assert.deepEqual(findCanary(stdout + stderr, key), [], `the key of ${name} came back`)
  }
  client.check?.({ git: scene.git, requests })
}
