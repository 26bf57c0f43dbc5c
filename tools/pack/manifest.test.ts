import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { brokerManifest, commandManifest, readManifest } from './manifest.ts'

const packages = join(import.meta.dirname, '../../packages')
const command = readManifest(join(packages, 'cli'))
const broker = readManifest(join(packages, 'broker'))

test('the published command wants nothing but the broker that it carries', () => {
  const { dependencies, bundleDependencies, bin } = commandManifest(command, broker)
  assert.deepEqual(dependencies, { '@coatcheck/broker': broker.version })
  assert.deepEqual(bundleDependencies, ['@coatcheck/broker'])
  assert.deepEqual(bin, command['bin'])
})

test('what is carried wants nothing of its own, because npm would look for that inside its carrier', () => {
  assert.ok(!('dependencies' in brokerManifest(broker)))
})

test('what is carried resolves to what is there, and to no source', () => {
  assert.ok(!JSON.stringify(brokerManifest(broker)).includes('src/'))
})

test('what is installed and bundled is wanted in an exact version', () => {
  for (const name of ['broker', 'catalog', 'cli', 'contract', 'launchers', 'sdk']) {
    for (const [wanted, version] of Object.entries(readManifest(join(packages, name)).dependencies ?? {})) {
      assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, `${name} wants ${wanted}`)
    }
  }
})
