import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActivityRow, AuditEvent, Rule, RuleList } from '@coatcheck/contract'
import fc from 'fast-check'
import { createInstallation } from '../../storage/sqlite/installation.suite.ts'
import { openExchangeScene } from '../exchange-scene.suite.ts'
import { isWithinReach } from './is-within-reach.ts'
import { reachOfRoutes } from './reach-of-routes.ts'

const segment = fc.constantFrom('v1', 'v1', 'items', '7', 'A', 'a%2Fb', 'b;c', 'b.json')
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
const pattern = fc
  .array(fc.oneof(segment, fc.constantFrom('*', '**', 'i*')), { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`)
const method = fc.constantFrom('GET', 'POST', 'DELETE')
const hosts = ['api.service.test', 'api.service.test', 'up.service.test', 'other.service.test', 'no.example.com']
const host = fc.constantFrom(...hosts)
const rule: fc.Arbitrary<Rule> = fc.record(
  {
    effect: fc.constantFrom('allow', 'allow', 'deny'),
    methods: fc.oneof(fc.constant('any' as const), fc.uniqueArray(method, { minLength: 1 })),
    paths: fc.oneof(fc.constant('any' as const), fc.array(pattern, { minLength: 1, maxLength: 2 })),
    hosts: fc.constantFrom(['api.service.test'], ['*.service.test'], ['up.service.test', 'api.service.test']),
    when: fc.constantFrom('grants.size() > 0', 'path.startsWith("/v1/")', 'sandbox.profile == "locked"'),
  },
  { requiredKeys: ['effect', 'methods', 'paths'] },
)
const list: fc.Arbitrary<RuleList> = fc.record(
  {
    default: fc.constantFrom('deny', 'allow', 'allow', 'allow'),
    presets: fc.constant(['read-only' as const]),
    dryRun: fc.constantFrom(false, false, false, true),
    rules: fc.array(rule, { maxLength: 4 }),
  },
  { requiredKeys: ['default', 'rules'] },
)
const policy = fc.record({ project: fc.option(list, { nil: undefined }), grant: list, secret: list })
const request = fc.record({ host, method, path, env: fc.constantFrom('PLAIN', 'RULED', 'WIDE', null) })

test('N13: no request that gets through lies outside of the reach, with all that decides about it', async (context) => {
  const installation = createInstallation(context).open()
  const seen = { through: 0, closed: 0 }
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.array(request, { minLength: 20, maxLength: 20 }),
      async ({ project, grant, secret }, requests) => {
        installation.storage.rules.save('default', project)
        const run = `${seen.through}x${seen.closed}x`
        const inject = { kind: 'bearer' }
        const scene = openExchangeScene(installation, {
          [`PLAIN_${run}`]: { value: `plain-${run}-0123456789abcdef`, scopes: [{ to: 'api.service.test/v1', inject }] },
          [`RULED_${run}`]: {
            value: `ruled-${run}-0123456789abcdef`,
            scopes: [{ to: 'up.service.test', inject }],
            grantRules: grant,
            rules: secret,
          },
          [`WIDE_${run}`]: {
            value: `wide-${run}-0123456789abcdef`,
            scopes: [{ to: '*.service.test', inject }],
            grantRules: grant,
          },
        })
        const { arrival } = scene.begin({ host: 'api.service.test' })
        const routes = scene.services.routes.routesOf(arrival.sandboxId)
        const reach = reachOfRoutes(routes)
        const envOf = new Map(routes.grants.map((each) => [each.grant.id, each.grant.env]))
        for (const { env, path: target, ...rest } of requests) {
          const placeholder = scene.env[`${env}_${run}`]
          const fields = env === null ? [] : [{ name: 'Authorization', value: `Bearer ${placeholder}` }]
          const { code, records } = await scene.send({ ...rest, target, fields })
          if (code !== undefined) {
            seen.closed += 1
            continue
          }
          seen.through += 1
          const event = { ...(records[0] as unknown as AuditEvent) }
          const row: ActivityRow = { id: 'x', kind: 'exchange', decision: 'allowed', at: '', event }
          assert.ok(isWithinReach(reach, row, envOf), JSON.stringify({ event, reach, project, grant, secret }))
        }
      },
    ),
    { numRuns: 15 },
  )
  assert.ok(seen.through > 5 && seen.closed > 20, JSON.stringify(seen))
})
