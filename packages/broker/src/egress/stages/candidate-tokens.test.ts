import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providers } from '@coatcheck/catalog'
import type { HeaderField } from '../../http/header-field.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { newPlaceholder } from '../../sandbox/placeholder.ts'
import { candidateTokens, maxCandidateTokens } from './candidate-tokens.ts'

function headWith(part: Partial<RequestHead>, ...fields: HeaderField[]): RequestHead {
  return { method: 'GET', path: '/v1', query: '', ...part, fields }
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`

test('R-68: a placeholder of another sandbox is a candidate wherever a client puts it', () => {
  for (const shape of [undefined, ...providers.flatMap(({ keyShapes }) => keyShapes)]) {
    const token = newPlaceholder(shape)
    const heads = [
      headWith({}, { name: 'Authorization', value: `Bearer ${token}` }),
      headWith({}, { name: 'Authorization', value: token }),
      headWith({}, { name: 'Authorization', value: basic(`${token}:`) }),
      headWith({}, { name: 'Authorization', value: basic(`x-access-token:${token}`) }),
      headWith({}, { name: 'X-Api-Key', value: token }),
      headWith({}, { name: 'X-Whatever', value: `a="${token}"; b` }),
      headWith({}, { name: 'Cookie', value: `session=${token}` }),
      headWith({ query: `?api_key=${token}` }),
      headWith({ query: `?x=%${token.charCodeAt(0).toString(16)}${token.slice(1)}` }),
      headWith({ path: `/bot/${token}/send` }),
    ]
    for (const head of heads) assert.ok(candidateTokens(head).includes(token))
  }
})

test('R-68: filler does not push out what stands in the place of a credential, nor what has our mark', () => {
  const token = newPlaceholder(undefined)
  const filler = Array.from({ length: 500 }, (_, index) => String(index).padStart(40, 'f')).join(',')
  const candidates = [
    candidateTokens(
      headWith({}, { name: 'X-Filler', value: filler }, { name: 'Authorization', value: `Bearer ${token}` }),
    ),
    candidateTokens(headWith({ query: `?a=${filler}&b=${token}` }, { name: 'X-Filler', value: filler })),
  ]
  for (const list of candidates) {
    assert.equal(list.length, maxCandidateTokens)
    assert.ok(list.includes(token))
  }
})

test('ordinary heads cost few look-ups', () => {
  const head = headWith(
    { path: '/repos/octo/hello/commits', query: '?per_page=100' },
    { name: 'Accept', value: 'application/vnd.github+json' },
    { name: 'User-Agent', value: 'git/2.47.1' },
  )
  assert.deepEqual(candidateTokens(head), [])
})
