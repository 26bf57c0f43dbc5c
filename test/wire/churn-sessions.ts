import { randomInt } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { ActivityRow, Page } from '@coatcheck/contract'
import { connectorProcesses } from './connector-processes.ts'
import { plateau, poll } from './poll.ts'
import { cancel, type PostgresClient, say, startup } from './postgres-client.ts'
import type { InsideDatabase, PostgresScene } from './postgres-scene.ts'

/** What is left when many sessions are over, beside what was there before. */
export interface ChurnRemains {
  /** Open descriptors of the broker and the processes of its grants, less those before; never below 0 for long. */
  readonly descriptors: number
  /** Sessions that the service still has. */
  readonly upstream: number
  /** Sessions that were let through and have no outcome in the journal. */
  readonly unfinished: number
}

/** Sessions that are under way at one time. */
const atOnce = 16

type Fate = (client: PostgresClient, db: InsideDatabase, scene: PostgresScene) => Promise<unknown>

const loggedIn = (client: PostgresClient, db: InsideDatabase) => client.logIn(db.placeholder)

/** What becomes of a session. */
const fates: readonly Fate[] = [
  async () => {},
  async ({ socket }) => socket.write(startup().subarray(0, 7)),
  async (client) => client.logIn('a guess'),
  async (client, db) => {
    client.socket.write(Buffer.concat([startup(), say('p', `${db.placeholder}\0`)]))
  },
  async (client, db) => {
    await loggedIn(client, db)
    await client.query('select 1')
    client.socket.write(say('X'))
    await client.closed()
  },
  async (client, db) => {
    await loggedIn(client, db)
    client.socket.write(say('Q', 'select pg_sleep(1)\0'))
  },
  async (client, db) => {
    await loggedIn(client, db)
    client.socket.pause()
    client.socket.write(say('Q', "select repeat('x', 1000) from generate_series(1, 20000)\0"))
  },
  async (client, db) => {
    const key = (await loggedIn(client, db)).find(({ type }) => type === 'K')!.body
    client.socket.write(say('Q', 'select pg_sleep(1)\0'))
    const word = await db.connect()
    word.socket.write(cancel(key))
    await word.closed()
    await client.until('Z')
  },
  async (client, db) => {
    await loggedIn(client, db)
    client.socket.write(say('Q', 'select pg_terminate_backend(pg_backend_pid())\0'))
    await client.closed()
  },
  async (client, db) => {
    await loggedIn(client, db)
    client.socket.end()
    await client.closed()
  },
]

/** Opens sessions, uses them, and kills them at random. @returns what stays behind */
export async function churnSessions(scene: PostgresScene, db: InsideDatabase, count: number): Promise<ChurnRemains> {
  await one(scene, db, 4)
  await noneUpstream(scene)
  const before = await plateau(openDescriptors)
  let left = count
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await one(scene, db, randomInt(fates.length))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const upstream = await noneUpstream(scene)
  const descriptors = Math.max(0, (await plateau(openDescriptors)) - before)
  return { descriptors, upstream, unfinished: await unfinished(scene, db) }
}

async function one(scene: PostgresScene, db: InsideDatabase, fate: number): Promise<void> {
  const client = await db.connect()
  try {
    await fates[fate]!(client, db, scene)
  } catch {
    // Whoever is killed hears no more; what stays behind is what is looked at.
  }
  if (randomInt(2) === 0) client.socket.destroy()
  else client.socket.resetAndDestroy()
}

async function noneUpstream(scene: PostgresScene): Promise<number> {
  const count = (): number =>
    Number(scene.server.query("select count(*) from pg_stat_activity where usename = 'app_clear'"))
  await poll(() => (count() === 0 ? true : undefined)).catch(() => {})
  return count()
}

function openDescriptors(): number {
  return [process.pid, ...connectorProcesses()].reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0)
}

/** The outcome of a session is written before its connection is closed, or just after. */
async function unfinished({ world }: PostgresScene, { inside }: InsideDatabase): Promise<number> {
  const count = async (): Promise<number> => {
    const [intended, completed] = [new Set<string>(), new Set<string>()]
    for (let cursor: string | null = null; ; ) {
      const page: Page<ActivityRow> = await world.client.audit.list({
        limit: 1_000,
        ...(cursor !== null && { cursor }),
      })
      for (const { event } of page.items.filter((row) => row.event.sandbox === inside.sandbox.id)) {
        if (event.kind === 'connection.completed') completed.add(event.id)
        else if (event.kind === 'connection.intended') intended.add(event.id)
      }
      cursor = page.cursor
      if (cursor === null) return intended.difference(completed).size
    }
  }
  await poll(async () => ((await count()) === 0 ? true : undefined)).catch(() => {})
  return count()
}
