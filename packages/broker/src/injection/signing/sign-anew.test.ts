import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '../../foundation/signature-v4.ts'
import type { RequestHead } from '../request-head.ts'
import { type PublishedVector, publishedToken, publishedVectors } from './published-vectors.suite.ts'
import { signAnew } from './sign-anew.ts'

const instant = '20150830T123600Z'
const scope = '20150830/us-east-1/service/aws4_request'
const none = '0'.repeat(64)

const keysOf = ({ token }: PublishedVector) => ({
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: token === true ? publishedToken : null,
})

function headOf({ method = 'GET', path = '/', query = '', fields = [] }: PublishedVector): RequestHead {
  const all = [['Host', 'example.amazonaws.com'], ...fields] as const
  return { method, path, query, fields: all.map(([name, value]) => ({ name, value })) }
}

function signedNamesOf({ fields }: RequestHead): string {
  return [...new Set(fields.map(({ name }) => name.toLowerCase()))].sort().join(';')
}

for (const vector of publishedVectors) {
  const { name, body, inField, inQuery } = vector
  const bytes = Buffer.from(body ?? '')
  const hash = sha256(bytes)

  test(`AC-14.1: ${name} of the published vectors, in a field`, () => {
    const head = headOf(vector)
    head.fields.push({ name: 'X-Amz-Date', value: instant })
    if (body !== undefined) head.fields.push({ name: 'X-Amz-Content-Sha256', value: hash })
    const signed = `SignedHeaders=${signedNamesOf(head)}`
    const value = `AWS4-HMAC-SHA256 Credential=SOMEBODY/${scope}, ${signed}, Signature=${none}`
    head.fields.push({ name: 'Authorization', value })
    signAnew(head, keysOf(vector), [bytes])
    const names = vector.token === true ? `${signed};x-amz-security-token` : signed
    assert.equal(
      head.fields.find((field) => field.name === 'Authorization')?.value,
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, ${names}, Signature=${inField}`,
    )
  })

  test(`AC-14.1: ${name} of the published vectors, in a URL`, () => {
    const head = headOf(vector)
    const own = [
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      `X-Amz-Credential=SOMEBODY%2F${scope.replaceAll('/', '%2F')}`,
      `X-Amz-Date=${instant}`,
      `X-Amz-SignedHeaders=${signedNamesOf(head).replaceAll(';', '%3B')}`,
      'X-Amz-Expires=3600',
      `X-Amz-Signature=${none}`,
    ]
    head.query = `${head.query === '' ? '?' : `${head.query}&`}${own.join('&')}`
    signAnew(head, keysOf(vector), [bytes])
    const parameters = new URLSearchParams(head.query)
    assert.equal(parameters.get('X-Amz-Signature'), inQuery)
    assert.equal(parameters.get('X-Amz-Credential'), `AKIDEXAMPLE/${scope}`)
    assert.equal(parameters.get('X-Amz-Security-Token'), vector.token === true ? publishedToken : null)
  })
}
