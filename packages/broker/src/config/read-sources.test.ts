import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partsWithoutNetwork } from '../sources/local-source-scenes.suite.ts'
import { describeSources, openSources } from './read-sources.ts'

test('SEC-06: a source of a provider may go to its hosts, and to where its tokens are asked for', () => {
  const text = 'sources:\n  images: { kind: env, variable: KEY, provider: dockerhub }\n'
  const dialWith = () => partsWithoutNetwork.dial
  const [images] = openSources(describeSources('sources.yaml', text), { ...partsWithoutNetwork, dialWith })
  assert.deepEqual(
    images?.to.map(({ to }) => to),
    ['registry-1.docker.io', 'https://auth.docker.io/token'],
  )
})
