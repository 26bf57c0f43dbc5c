import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@coatcheck/sdk'
import { commandLine, descendants } from '../../test/acceptance/process-facts.ts'
import { makeCanary } from '../../test/fixtures/canary.ts'
import { freePort } from '../../test/fixtures/free-port.ts'
import { repositoryRoot } from '../../test/fixtures/source-files.ts'
import { makeTemporaryHome } from '../../test/fixtures/temporary-home.ts'
import { createTlsRoot } from '../../test/fixtures/tls-root.ts'
import { launch } from '../bench/measure/launch.ts'
import { treeCpuSeconds } from '../bench/measure/process-tree.ts'
import { countExchanges } from './count-exchanges.ts'
import { Pace } from './pace.ts'
import { type LoadCounts, runClients } from './soak-load.ts'
import { startSoakOrigin } from './soak-origin.ts'

/** What a soak found. */
export interface SoakReport {
  readonly rows: readonly (readonly [what: string, value: string])[]
  /** What must not be; empty where all is well. */
  readonly breaches: readonly string[]
}

const host = 'api.soak.test'
const lanes = 24
/** How much of what it can do it is asked to do. */
const capacityShare = 0.8
/** A sandbox lives so long before it is ended in the middle of its work. */
const revokeEveryMs = 3_000
const mebibyte = 1024 * 1024
const mostGrowthBytes = 96 * mebibyte
const mostFurtherDescriptors = 8
const settleAttempts = 40
const settleMs = 250

/**
 * Loads a real `coatcheck serve` for so long with a share of what it was seen to be able to do, and looks at what is left of
 * it. Finding out what it can do comes before that, and takes a few seconds more.
 */
export async function runSoak(seconds: number): Promise<SoakReport> {
  using home = makeTemporaryHome()
  const folder = join(home.path, 'home')
  mkdirSync(folder, { mode: 0o700 })
  const root = createTlsRoot()
  await using origin = await startSoakOrigin(root, host)
  const port = await freePort()
  const entry = join(repositoryRoot, 'packages/cli/bin/coatcheck.cjs')
  const args = [entry, 'serve', '--json', '--proxy', `127.0.0.1:${port}`]
  await using broker = await launch(
    { file: process.execPath, args, env: { COATCHECK_HOME: folder }, cwd: folder },
    port,
  )
  const pid = descendants(broker.pid).find((process) => commandLine(process).includes('broker-process'))
  if (pid === undefined) throw new Error('there is no process of the broker')
  const client = createClient({ socketPath: join(folder, 'run', 'broker.sock') })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scopes = [{ to: host, inject: { kind: 'bearer' }, pin, roots: root.certificate }]
  await client.secrets.create({ name: 'key', value: makeCanary('sk-').value, scopes })

  const counts: LoadCounts = new Map()
  let revocations = 0
  const lane = async (pace: Pace, until: AbortSignal): Promise<void> => {
    while (!until.aborted) {
      const sandbox = await client.sandboxes.create({ secrets: { KEY: 'key' }, from: ['127.0.0.1'] })
      const over = new AbortController()
      const target = { proxyUrl: `http://127.0.0.1:${port}`, host, sandbox }
      const clients = runClients(target, counts, pace, AbortSignal.any([over.signal, until]))
      const isOver = clients.catch(() => {})
      const late = delay(revokeEveryMs * (0.5 + Math.random()), undefined, { ref: false })
      await Promise.race([late, isOver])
      const chance = Math.random()
      if (chance < 0.3) await client.sandboxes.detach(sandbox.id, 'KEY')
      else if (chance < 0.5) await client.secrets.rotate('key', makeCanary('sk-').value)
      await client.sandboxes.end(sandbox.id)
      revocations += 1
      over.abort()
      await clients
    }
  }
  /** @returns clients that were served in a second, and how busy the broker was with it */
  const load = async (forSeconds: number, pace: Pace): Promise<{ readonly rate: number; readonly busy: number }> => {
    counts.clear()
    const [startedAt, cpu] = [performance.now(), treeCpuSeconds(broker.pid)]
    const until = AbortSignal.timeout(forSeconds * 1_000)
    await Promise.all(Array.from({ length: lanes }, () => lane(pace, until)))
    const elapsed = (performance.now() - startedAt) / 1_000
    return { rate: total(counts) / elapsed, busy: (treeCpuSeconds(broker.pid) - cpu) / elapsed }
  }

  const unpaced = new Pace(Number.POSITIVE_INFINITY)
  // Its best is not to be seen at once, and the base not before it was busy.
  const warmUpSeconds = Math.min(Math.max(seconds / 6, 2), 20)
  await load(warmUpSeconds, unpaced)
  const capacity = await load(warmUpSeconds, unpaced)
  const base = await settled(pid, Number.POSITIVE_INFINITY)
  const breaches: string[] = []
  revocations = 0
  const soaked = await load(seconds, new Pace(capacity.rate * capacityShare)).catch((error: unknown) => {
    breaches.push(String(error))
    return undefined
  })
  const end = await settled(pid, base.descriptors)
  const exchanges = await countExchanges(folder)
  const { ok } = await client.audit.verify()
  const { faults } = await client.status()
  if (end.descriptors > base.descriptors + mostFurtherDescriptors) breaches.push('descriptors did not return to base')
  if (end.residentBytes > base.residentBytes + mostGrowthBytes) breaches.push('memory did not return to base')
  if (exchanges.open > 0) breaches.push(`${exchanges.open} exchanges have an intent and no outcome`)
  if (exchanges.odd > 0) breaches.push(`${exchanges.odd} exchanges have more than one intent or outcome`)
  if (exchanges.all === 0) breaches.push('nothing was sent')
  if (exchanges.all < origin.arrived)
    breaches.push(`${origin.arrived - exchanges.all} requests arrived without an intent`)
  if (!ok) breaches.push('the journal does not verify')
  if (faults > 0) breaches.push(`the broker reports ${faults} faults`)
  const share = (value: number): string => `${Math.round(value * 100)} %`
  const rows = [
    ...[...counts].sort().map(([what, count]) => [what, String(count)] as const),
    ['revocations', String(revocations)],
    ['clients a second, at most', `${capacity.rate.toFixed(1)}, the broker busy ${share(capacity.busy)} of a core`],
    ['clients a second, in the soak', soaked === undefined ? '' : `${soaked.rate.toFixed(1)}, ${share(soaked.busy)}`],
    ['exchanges in the journal, at the service', `${exchanges.all}, ${origin.arrived}`],
    ['descriptors at base, at the end', `${base.descriptors}, ${end.descriptors}`],
    [
      'MiB at base, at the end',
      [base, end].map(({ residentBytes }) => Math.round(residentBytes / mebibyte)).join(', '),
    ],
  ] as const
  return { rows, breaches }
}

function total(counts: LoadCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

interface Sample {
  readonly descriptors: number
  readonly residentBytes: number
}

/** What the process holds once it holds no more descriptors than that, or after a while. */
async function settled(pid: number, most: number): Promise<Sample> {
  let last = sample(pid)
  for (let attempt = 0; attempt < settleAttempts; attempt += 1) {
    await delay(settleMs)
    const present = sample(pid)
    if (present.descriptors === last.descriptors && present.descriptors <= most) return present
    last = present
  }
  return last
}

function sample(pid: number): Sample {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, residentBytes: Number(kibibytes) * 1024 }
}
