import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type CallerKind, callerKinds } from '../acceptance/caller.ts'
import { findCanary } from '../fixtures/canary.ts'
import { approvals } from './doors/approvals.ts'
import { cappedUse } from './doors/caps.ts'
import { carelessService } from './doors/careless-service.ts'
import { clientCertificate } from './doors/client-certificate.ts'
import { mistypedArguments, refusedValues, secretCommands } from './doors/command-line.ts'
import { connectRecipes } from './doors/connect.ts'
import { connectors } from './doors/connectors.ts'
import { decoys } from './doors/decoys.ts'
import { derivedTokens } from './doors/derived.ts'
import type { Door } from './doors/door.ts'
import { everyInjector } from './doors/injectors.ts'
import { liveGrants } from './doors/live-grants.ts'
import { lookers } from './doors/lookers.ts'
import { listsAndViews, malformedBodies, wrongFields } from './doors/management-api.ts'
import { ownProfile } from './doors/own-profile.ts'
import { ownProvider } from './doors/own-provider.ts'
import { projects } from './doors/projects.ts'
import { registryTokens } from './doors/registry.ts'
import { ruleLists } from './doors/rules.ts'
import { ambientKeys, inside, refusals, upstreamFailures } from './doors/sandbox.ts'
import { sealedHome } from './doors/sealed-home.ts'
import { signingKeys } from './doors/signing.ts'
import { sourcedHome } from './doors/sourced-home.ts'
import { fullDisk, journalAndLogs } from './doors/storage.ts'
import { suddenDeaths } from './doors/sudden-death.ts'
import { tcpApi } from './doors/tcp-api.ts'
import { unreachableProvider } from './doors/unreachable-provider.ts'
import { lockedVault } from './doors/vault.ts'
import { virtualKeys } from './doors/virtual-keys.ts'
import { waysIn } from './doors/ways-in.ts'
import { goodHost } from './services.ts'
import { Stage } from './stage.ts'

/** Every door, in an order in which each finds what it needs. Whoever adds a way in or out adds it here. */
const doors: readonly Door[] = [
  secretCommands,
  refusedValues,
  mistypedArguments,
  malformedBodies,
  wrongFields,
  listsAndViews,
  waysIn,
  everyInjector,
  signingKeys,
  derivedTokens,
  registryTokens,
  clientCertificate,
  carelessService,
  decoys,
  tcpApi,
  connectRecipes,
  ruleLists,
  cappedUse,
  approvals,
  virtualKeys,
  projects,
  connectors,
  ownProfile,
  ownProvider,
  liveGrants,
  lookers,
  sealedHome,
  sourcedHome,
  inside,
  refusals,
  upstreamFailures,
  ambientKeys,
  unreachableProvider,
  lockedVault,
  fullDisk,
  ...suddenDeaths,
  journalAndLogs,
]

const able = callerKinds.filter(({ skip }) => skip === false)

/** The doors of a kind of caller: those that differ for each, and its share of the others. The first kind is who runs the tests. */
function doorsOf(kind: CallerKind): readonly Door[] {
  return doors.filter(({ once }, index) => {
    if (once === undefined) return true
    return able[once === 'here' ? 0 : index % able.length] === kind
  })
}

/** What one caller does, door by door. One after the other: whoever searches leaves no time for the other one’s services. */
function carryThrough(kind: CallerKind): void {
  const { name, skip, make } = kind
  describe(`as ${name}`, { skip, concurrency: 1 }, () => {
    let stage: Stage
    before(async () => {
      stage = await Stage.open(make())
    })
    after(() => stage?.[Symbol.asyncDispose]())

    for (const door of doorsOf(kind)) {
      test(door.name, async () => {
        await door.walk(stage)
        assert.deepEqual(stage.findings(), [])
      })
    }

    test('it did arrive at that service, and would have been found elsewhere', () => {
      const { good } = stage.services
      const accepted = good.requests.filter(({ accepted: isAccepted, host }) => isAccepted && host === goodHost)
      assert.ok(accepted.length > 5)
      for (const { rawHeaders } of accepted)
        assert.notDeepEqual(findCanary(rawHeaders.join('\n'), stage.values.stored), [])
      for (const part of ['broker-process', 'bwrap', 'curl', 'nsenter']) {
        assert.ok(
          [...stage.watch.commands].some((command) => command.includes(part)),
          `${part} was not watched`,
        )
      }
    })
  })
}

describe('AC-10.3: a canary is found nowhere but at the service that it is for', { concurrency: 1 }, () => {
  for (const kind of callerKinds) carryThrough(kind)
})
