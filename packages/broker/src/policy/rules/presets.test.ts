import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleList } from '@coatcheck/contract'
import { readJsonDocument } from './json-document.ts'
import { ruleRequest } from './rule-request.ts'
import { RuleSet } from './rule-set.ts'

const set = new RuleSet({
  default: 'allow',
  presets: ['no-api-push'],
  rules: [],
} satisfies RuleList)

function effectOf(method: string, host: string, path: string, document?: object): string {
  const body = document === undefined ? undefined : Buffer.from(JSON.stringify(document))
  return set.decide(
    ruleRequest({
      method,
      host,
      path,
      query: '',
      body: body === undefined ? 'none' : readJsonDocument(body),
      bytes: body,
      fields: () => [{ name: 'Content-Type', value: 'application/json' }],
    }),
  ).effect
}

const mutation = { query: 'mutation { alias: createCommitOnBranch(input: {}) { clientMutationId } }' }

for (const [method, host, path, body] of [
  ['PUT', 'api.github.com', '/repos/acme/app/contents/a.ts'],
  ['PATCH', 'api.github.com', '/repos/acme/app/git/refs/heads/main'],
  ['PUT', 'api.github.com', '/repos/acme/app/pulls/7/merge'],
  ['PUT', 'api.github.com', '/Repos/acme/app/pulls/7/merge/'],
  ['PATCH', 'github.acme.com', '/api/v3/repos/acme/app/git/refs/heads/main'],
  ['POST', 'gitlab.com', '/api/v4/projects/acme%2Fapp/repository/commits'],
  ['POST', 'git.acme.com', '/api/v4/projects/7/repository/commits'],
  ['POST', 'git.acme.com', '/api/v1/repos/acme/app/contents/a'],
  ['POST', 'api.bitbucket.org', '/2.0/repositories/acme/app/src'],
  ['POST', 'api.github.com', '/graphql', mutation],
  ['POST', 'github.acme.com', '/api/graphql', mutation],
  ['POST', 'api.github.com', '/graphql', { id: 'stored' }],
] as const) {
  test(`AC-6.2: ${method} ${host}${path} does what a push does, and is denied`, () =>
    assert.equal(effectOf(method, host, path, body), 'deny'))
}

for (const [method, host, path, body] of [
  ['GET', 'api.github.com', '/repos/acme/app/contents/a.ts'],
  ['POST', 'api.github.com', '/repos/acme/app/pulls'],
  ['POST', 'github.com', '/acme/app.git/git-receive-pack'],
  ['POST', 'api.github.com', '/graphql', { query: '{ viewer { login } }' }],
  ['POST', 'api.github.com', '/graphql', { query: 'mutation { addComment(input: {}) { clientMutationId } }' }],
  ['PUT', 'api.example.com', '/repos/acme/app/contents/a.ts'],
] as const) {
  test(`AC-6.2: ${method} ${host}${path} is something else, and is not`, () =>
    assert.equal(effectOf(method, host, path, body), 'allow'))
}
