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
import { type RawAnswer, startRawOrigin } from '../../test/wire/raw-origin.ts'
import { launch } from '../bench/measure/launch.ts'
import { type LoadCounts, runClients } from './soak-load.ts'

/** What a soak found. */
export interface SoakReport {
  readonly rows: readonly (readonly [what: string, value: string])[]
  /** What must not be; empty where all is well. */
  readonly breaches: readonly string[]
}

const host = 'api.soak.test'
const warmUpSeconds = 3
const lanes = 12
/** A sandbox lives so long before it is ended in the middle of its work. */
const revokeEveryMs = 700
const bigBytes = 1024 * 1024
const mebibyte = 1024 * 1024
const mostGrowthBytes = 96 * mebibyte
const mostFurtherDescriptors = 8
const settleAttempts = 40
const settleMs = 250

/** Loads a real `coatcheck serve` for so long, and looks at what is left of it. */
export async function runSoak(seconds: number): Promise<SoakReport> {
  using home = makeTemporaryHome()
  const folder = join(home.path, 'home')
  mkdirSync(folder, { mode: 0o700 })
  const root = createTlsRoot()
  await using origin = await startRawOrigin(root, answer)
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
  const lane = async (until: AbortSignal): Promise<void> => {
    while (!until.aborted) {
      const sandbox = await client.sandboxes.create({ secrets: { KEY: 'key' }, from: ['127.0.0.1'] })
      const over = new AbortController()
      const target = { proxyUrl: `http://127.0.0.1:${port}`, host, sandbox }
      const clients = runClients(target, counts, AbortSignal.any([over.signal, until]))
      clients.catch(() => {})
      await delay(revokeEveryMs * (0.5 + Math.random()))
      const chance = Math.random()
      if (chance < 0.3) await client.sandboxes.detach(sandbox.id, 'KEY')
      else if (chance < 0.5) await client.secrets.rotate('key', makeCanary('sk-').value)
      await client.sandboxes.end(sandbox.id)
      over.abort()
      await clients
    }
  }
  const load = (forSeconds: number): Promise<unknown> => {
    const until = AbortSignal.timeout(forSeconds * 1_000)
    return Promise.all(Array.from({ length: lanes }, () => lane(until)))
  }

  await load(warmUpSeconds)
  const base = await settled(pid, Number.POSITIVE_INFINITY)
  counts.clear()
  const breaches: string[] = []
  await load(seconds).catch((error: unknown) => breaches.push(String(error)))
  const end = await settled(pid, base.descriptors)
  const journal = readJournal(join(folder))
  const { ok } = await client.audit.verify()
  const { faults } = await client.status()
  if (end.descriptors > base.descriptors + mostFurtherDescriptors) breaches.push('descriptors did not return to base')
  if (end.residentBytes > base.residentBytes + mostGrowthBytes) breaches.push('memory did not return to base')
  if (journal.open > 0) breaches.push(`${journal.open} exchanges have an intent and no outcome`)
  if (journal.doubled > 0) breaches.push(`${journal.doubled} exchanges have more than one intent or outcome`)
  if (journal.intents === 0) breaches.push('nothing was sent')
  if (!ok) breaches.push('the journal does not verify')
  if (faults > 0) breaches.push(`the broker reports ${faults} faults`)
  const rows = [
    ...[...counts].sort().map(([what, count]) => [what, String(count)] as const),
    ['exchanges in the journal', String(journal.intents)],
    ['descriptors at base, at the end', `${base.descriptors}, ${end.descriptors}`],
    [
      'MiB at base, at the end',
      [base, end].map(({ residentBytes }) => Math.round(residentBytes / mebibyte)).join(', '),
    ],
  ] as const
  return { rows, breaches }
}

const answer: RawAnswer = async ({ body, line, socket }) => {
  if (line.includes('/reset')) return void socket.destroy()
  if (line.includes('/half')) {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
    return void setImmediate(() => socket.destroy())
  }
  await body()
  if (line.includes('/later')) await delay(30)
  if (line.includes('/big')) {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bigBytes}\r\n\r\n`)
    return void socket.write(Buffer.alloc(bigBytes))
  }
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
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

/** Counts what the files of the journal have of each exchange. */
function readJournal(folder: string): { readonly intents: number; readonly open: number; readonly doubled: number } {
  const records = new Map<string, string[]>()
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'))
  for (const file of files) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      const id = /"id":"(exc_\w+)"/.exec(line)?.[1]
      const kind = /"kind":"exchange\.(intended|completed)"/.exec(line)?.[1]
      if (id === undefined || kind === undefined) continue
      records.set(id, [...(records.get(id) ?? []), kind])
    }
  }
  const all = [...records.values()]
  const count = (kinds: string[], kind: string): number => kinds.filter((each) => each === kind).length
  return {
    intents: all.length,
    open: all.filter((kinds) => count(kinds, 'completed') === 0).length,
    doubled: all.filter((kinds) => count(kinds, 'completed') > 1 || count(kinds, 'intended') !== 1).length,
  }
}
