import { closeSync, openSync, readSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** Where an installation keeps its things. Three folders, so that a copy of one is never a copy of the key as well. */
export interface Home {
  /** Database and audit journal. */
  readonly data: string
  /** Key-encryption key and what must not be rolled back together with the database. */
  readonly keys: string
  /** Sockets. */
  readonly run: string
}

/** The files and folders inside a home. */
export interface HomePaths {
  readonly database: string
  /** What was used of caps; absent until something was. */
  readonly usage: string
  readonly audit: string
  readonly keyFile: string
  /** What every broker of the home reads about the way to services. */
  readonly settings: string
  /** Where values come from that no vault holds. */
  readonly sources: string
  /** How long questions to people stand, and whom webhooks tell of them. */
  readonly approvals: string
  /** What models cost, over what the catalog says. */
  readonly prices: string
  readonly highWater: string
  /** Folder of the secrets’ shares. */
  readonly secretShares: string
  readonly checkpointKey: string
  /** What was decided to be done to the home, while it is done. */
  readonly change: string
  /** Folder of what was put into which trust store. */
  readonly trust: string
  /** Locked by every broker that works in the home. */
  readonly lock: string
  /** Folder of what brokers lock that take turns. */
  readonly turns: string
  readonly socket: string
}

/** The home that `explicit` (`--home`), `COATCHECK_HOME` or the XDG base directories name, in this order. Creates nothing. */
export function resolveHome(explicit: string | undefined, environment: Readonly<NodeJS.ProcessEnv>): Home {
  const single = explicit ?? environment['COATCHECK_HOME']
  if (single !== undefined && single !== '') {
    const root = resolve(single)
    return { data: join(root, 'data'), keys: join(root, 'keys'), run: join(root, 'run') }
  }
  const data = join(baseDirectory(environment, 'XDG_DATA_HOME') ?? join(homedir(), '.local', 'share'), 'coatcheck')
  const configuration = baseDirectory(environment, 'XDG_CONFIG_HOME') ?? join(homedir(), '.config')
  const runtime = baseDirectory(environment, 'XDG_RUNTIME_DIR')
  return {
    data,
    keys: join(configuration, 'coatcheck', 'keys'),
    run: runtime === undefined ? join(data, 'run') : join(runtime, 'coatcheck'),
  }
}

/** Paths inside a home. */
export function homePaths(home: Home): HomePaths {
  return {
    database: join(home.data, 'coatcheck.db'),
    usage: join(home.data, 'usage.db'),
    audit: join(home.data, 'audit'),
    keyFile: join(home.keys, 'key'),
    settings: join(home.keys, 'settings.json'),
    sources: join(home.keys, 'sources.yaml'),
    approvals: join(home.keys, 'approvals.json'),
    prices: join(home.keys, 'prices.txt'),
    highWater: join(home.keys, 'high-water'),
    secretShares: join(home.keys, 'secrets'),
    checkpointKey: join(home.keys, 'checkpoint-key'),
    change: join(home.keys, 'unfinished-change'),
    trust: join(home.data, 'trust'),
    lock: join(home.data, 'home.lock'),
    turns: join(home.data, 'turns'),
    socket: join(home.run, 'broker.sock'),
  }
}

/** Whether the key of a home lies under a passphrase; false where there is none, or none that can be read. */
export function keyAsksForPassphrase(home: Home): boolean {
  const start = Buffer.from('coatcheck-passphrase-')
  try {
    const descriptor = openSync(homePaths(home).keyFile, 'r')
    try {
      const head = Buffer.alloc(start.length)
      return readSync(descriptor, head, 0, head.length, 0) === head.length && head.equals(start)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The broker says in its own words what is wrong with a key file.
    return false
  }
}

/** XDG Base Directory Specification: a relative path is invalid and is ignored. */
function baseDirectory(environment: Readonly<NodeJS.ProcessEnv>, name: string): string | undefined {
  const value = environment[name]
  return value !== undefined && isAbsolute(value) ? value : undefined
}
