import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundledManifest, carrierManifest, type Manifest } from './manifest.ts'

const carrier: Manifest = {
  name: 'command',
  version: '1.0.0',
  files: ['bin', 'dist', '!dist/**/*.test.*'],
  dependencies: { '@our/one': '1.0.0', commander: '2.0.0' },
}
const one: Manifest = { name: '@our/one', version: '1.0.0', dependencies: { '@our/two': '1.0.0', zod: '4.0.1' } }
const two: Manifest = { name: '@our/two', version: '1.0.0', dependencies: { zod: '4.0.1' } }

test('the carrier wants what it carries wants, and carries the rest', () => {
  const { dependencies, bundleDependencies, files } = carrierManifest(carrier, [one, two])
  assert.deepEqual(dependencies, { '@our/one': '1.0.0', '@our/two': '1.0.0', commander: '2.0.0', zod: '4.0.1' })
  assert.deepEqual(bundleDependencies, ['@our/one', '@our/two'])
  assert.deepEqual(files, ['bin', 'dist'])
})

for (const version of ['^4.0.1', '*', 'latest', '4.0', 'github:x/y', 'file:../z', '>=4.0.1']) {
  test(`a dependency on ${version} is refused`, () => {
    const wanting = { ...one, dependencies: { zod: version } }
    assert.throws(() => carrierManifest(carrier, [wanting]), /not exact/)
  })
}

test('two versions of one dependency are refused', () => {
  assert.throws(() => carrierManifest(carrier, [one, { ...two, dependencies: { zod: '4.0.2' } }]), /two versions/)
})

test('what is carried resolves to compiled code only', () => {
  const exports = { '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } }
  assert.deepEqual(bundledManifest({ ...one, exports }).exports, { '.': './dist/index.js' })
})
