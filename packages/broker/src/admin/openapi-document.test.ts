import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ProblemCode, problems } from '@coatcheck/contract'
import { adminRoutes, createAdminApp } from './app.ts'
import { documentation } from './documentation.ts'
import { fakeServices } from './fake-services.suite.ts'
import { openapiDocument } from './openapi-document.ts'

type Json = Readonly<Record<string, unknown>>

const document = openapiDocument(documentation, '0.1.0')
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Json>>>>
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
)
const routes = adminRoutes(fakeServices())
  .routes.filter(({ method }) => method !== 'ALL')
  .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)

test('every route of the API is in the document, and nothing else is', () => {
  const documented = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  assert.deepEqual([...new Set(routes)].filter((route) => !documented.includes(route)).sort(), [], 'not documented')
  assert.deepEqual(documented.filter((route) => !routes.includes(route)).sort(), [], 'documented, but not there')
  assert.equal(documentation.length, operations.length, 'a route is documented twice')
})

test('the document is OpenAPI 3.1 in its form', () => {
  assert.match(String(document['openapi']), /^3\.1\.\d+$/)
  const { title, version } = document['info'] as Json
  assert.ok(typeof title === 'string' && typeof version === 'string')
  const known = new Set(['operationId', 'summary', 'x-role', 'security', 'parameters', 'requestBody', 'responses'])
  for (const { path, method, operation } of operations) {
    const place = `${method} ${path}`
    assert.match(path, /^\/[A-Za-z0-9/{}._-]*$/, place)
    assert.ok(['get', 'put', 'post', 'delete', 'patch'].includes(method), place)
    assert.deepEqual(
      Object.keys(operation).filter((name) => !known.has(name)),
      [],
      place,
    )
    checkParameters(place, path, (operation['parameters'] ?? []) as readonly Json[])
    checkResponses(place, operation['responses'] as Readonly<Record<string, Json>>)
    if (method === 'get') assert.equal(operation['requestBody'], undefined, place)
  }
})

test('operations have names of their own', () => {
  const names = operations.map(({ operation }) => operation['operationId'])
  assert.equal(new Set(names).size, names.length)
})

test('every reference leads somewhere, and every schema is one', () => {
  const schemas = (document['components'] as Record<string, Json>)['schemas'] ?? {}
  walk(document, (node) => {
    const target = node['$ref']
    if (typeof target !== 'string') return
    const [, local] = /^#\/components\/schemas\/(\w+)$/.exec(target) ?? []
    assert.ok(local !== undefined && local in schemas, target)
  })
  for (const { path, method, operation } of operations) {
    const body = operation['requestBody'] as { readonly content: Readonly<Record<string, Json>> } | undefined
    if (body === undefined) continue
    const schema = body.content['application/json']?.['schema'] as Json
    assert.ok(['object', undefined].includes(schema['type'] as string | undefined), `${method} ${path}`)
    assert.ok('properties' in schema || 'anyOf' in schema || 'oneOf' in schema, `${method} ${path}`)
  }
})

test('problems that a route names exist', () => {
  for (const { problems: named = [], path } of documentation) {
    for (const code of named) assert.ok(Object.hasOwn(problems, code), `${path}: ${code satisfies ProblemCode}`)
  }
})

test('the document is served, and is what the routes say', async () => {
  const reply = await createAdminApp(fakeServices()).request('/openapi.json')
  assert.equal(reply.status, 200)
  assert.deepEqual(Object.keys(((await reply.json()) as Json)['paths'] as Json).sort(), Object.keys(paths).sort())
})

function checkParameters(place: string, path: string, parameters: readonly Json[]): void {
  for (const { name, in: where, schema, required } of parameters) {
    assert.ok(typeof name === 'string' && typeof schema === 'object', place)
    assert.ok(['path', 'query', 'header'].includes(String(where)), place)
    if (where === 'path') assert.ok(path.includes(`{${name}}`) && required === true, place)
  }
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const named = parameters.filter(({ in: where }) => where === 'path').map(({ name }) => name)
  assert.deepEqual(named, inPath, place)
  const keys = parameters.map(({ name, in: where }) => `${where} ${name}`)
  assert.equal(new Set(keys).size, keys.length, place)
}

function checkResponses(place: string, responses: Readonly<Record<string, Json>>): void {
  assert.ok(
    Object.keys(responses).some((status) => status.startsWith('2')),
    place,
  )
  for (const [status, { description, content }] of Object.entries(responses)) {
    assert.match(status, /^[1-5]\d\d$/, place)
    assert.ok(typeof description === 'string' && description !== '', place)
    if (content !== undefined) assert.ok(Object.keys(content as Json).length > 0, place)
  }
}

function walk(node: unknown, visit: (node: Json) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) visit(node as Json)
  for (const each of Object.values(node)) walk(each, visit)
}
