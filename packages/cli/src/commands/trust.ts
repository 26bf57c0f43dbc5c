import { resolve } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { Argument, Command, Option } from 'commander'
import type { Output } from '../output.ts'
import { collect } from '../parse-scopes.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'
import { confirmAuthority } from '../trust/confirm-authority.ts'
import { endedAuthorities } from '../trust/ended-authorities.ts'
import { installAuthority, removeAuthority } from '../trust/install-authority.ts'
import { readAuthority } from '../trust/read-authority.ts'
import { type InstalledAuthority, TrustLedger } from '../trust/trust-ledger.ts'
import { type StoreName, storeNames } from '../trust/trust-store.ts'
import { trustStores } from '../trust/trust-stores.ts'
import { userEnvironment } from '../user-environment.ts'

const examples = `
Without a store it lists what was installed. Only the authority of a sandbox that was registered with --constrain-ca is
installed: programs believe it for the hosts of that sandbox's secrets and for no other. Docker trusts roots per registry.

Examples:
  $ coatcheck trust system --sandbox sbx_7q2m
  $ coatcheck trust java --sandbox sbx_7q2m --yes --fingerprint AB:CD:…
  $ coatcheck trust docker --sandbox sbx_7q2m --registry registry.example.com:5000
  $ coatcheck trust system --remove
  $ coatcheck trust --prune`

interface TrustOptions {
  readonly sandbox?: string
  readonly remove?: boolean
  readonly prune?: boolean
  readonly yes?: boolean
  readonly fingerprint?: string
  readonly at?: string
  readonly registry?: readonly string[]
  readonly passwordFile?: string
}

/** `coatcheck trust` */
export function trustCommand(session: Session): Command {
  return new Command('trust')
    .description('let programs outside sandboxes trust the authority of one, and take that back')
    .addArgument(new Argument('[store]', 'where their roots lie').choices(storeNames))
    .option('--sandbox <id>', 'whose authority')
    .option('--remove', 'take away what was installed')
    .addOption(
      new Option('--prune', 'take away the authorities of sandboxes that are over').conflicts([
        'remove',
        'sandbox',
        'at',
      ]),
    )
    .option('-y, --yes', 'do not ask; needs --fingerprint')
    .option('--fingerprint <sha256>', 'what the authority must have, as sandbox create shows it')
    .option('--at <path>', 'the key store, the database or the folder, where it is not in its usual place')
    .option('--registry <host[:port]>', 'for Docker: the registry (repeatable)', collect)
    .option('--password-file <file>', 'for Java and NSS: the password of the store')
    .addHelpText('after', examples)
    .action(async (store: StoreName | undefined, options: TrustOptions, self: Command) => {
      const ledger = new TrustLedger(session.home(self))
      refuseUnclear(store, options)
      if (options.prune === true) return prune(options, ledger, session, self)
      if (options.remove === true) return remove(store, options, ledger, session, self)
      if (store === undefined) return list(ledger, session.output(self))
      return install(store, options, ledger, session, self)
    })
}

/** @throws CoatcheckError `request_invalid` for what would be done otherwise than it was meant */
function refuseUnclear(store: StoreName | undefined, options: TrustOptions): void {
  const { prune = false, remove: isRemoval = false, passwordFile: _password, ...rest } = options
  if (prune && store !== undefined) throw invalid('`--prune` takes no store: it looks in all of them')
  if (!prune && !isRemoval && store === undefined && Object.keys(rest).length > 0)
    throw invalid(`name the store to install it in: ${storeNames.join(', ')}`)
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}

function list(ledger: TrustLedger, output: Output): void {
  const installed = ledger.list()
  output.show(installed, () =>
    installed.length === 0
      ? ['Nothing is installed in any trust store.']
      : tableLines(
          ['STORE', 'PLACE', 'SANDBOX', 'UNTIL', 'NAMES'],
          installed.map(({ store, place, sandbox, expiresAt, names }) => [
            store,
            place,
            sandbox,
            expiresAt,
            names.join(' '),
          ]),
        ),
  )
}

function install(
  store: StoreName,
  options: TrustOptions,
  ledger: TrustLedger,
  session: Session,
  self: Command,
): Promise<void> {
  const { sandbox, yes = false, fingerprint, at, registry = [] } = options
  if (sandbox === undefined) throw invalid('name the sandbox with `--sandbox`')
  const { surroundings } = session
  return session.withBroker(self, async ({ client, output }) => {
    const authority = readAuthority((await client.sandboxes.connect(sandbox)).ca, surroundings.now())
    const wishes = { registries: registry, environment: userEnvironment(surroundings.environment) }
    const places = trustStores[store].placesFor(
      authority,
      at === undefined ? wishes : { ...wishes, at: resolve(surroundings.cwd, at) },
    )
    await confirmAuthority(authority, places, fingerprint === undefined ? { yes } : { yes, fingerprint }, session)
    const installation = { store, places, sandbox, now: surroundings.now(), ...accessFrom(options, session) }
    const installed = installAuthority(authority, installation, ledger)
    output.show(installed, () => [
      ...places.map((place) => `Trusted in ${place}.`),
      `Take it away with coatcheck trust ${store} --remove, or when the sandbox is over with coatcheck trust --prune`,
    ])
  })
}

function remove(
  store: StoreName | undefined,
  options: TrustOptions,
  ledger: TrustLedger,
  session: Session,
  self: Command,
): void {
  const { sandbox, at } = options
  const place = at === undefined ? undefined : resolve(session.surroundings.cwd, at)
  const chosen = ledger
    .list()
    .filter((entry) => store === undefined || entry.store === store)
    .filter((entry) => sandbox === undefined || entry.sandbox === sandbox)
    .filter((entry) => place === undefined || entry.place === place || entry.place.startsWith(`${place}/`))
  removeAll(chosen, options, ledger, session, session.output(self))
}

function prune(options: TrustOptions, ledger: TrustLedger, session: Session, self: Command): Promise<void> | void {
  const installed = ledger.list()
  if (installed.length === 0) return removeAll([], options, ledger, session, session.output(self))
  return session.withBroker(self, async ({ client, output }) => {
    const ended = await endedAuthorities(installed, client, session.surroundings.now())
    removeAll(ended, options, ledger, session, output)
  })
}

/** Goes on after a failure: what can be taken away is. @throws CoatcheckError `trust_store_failed` */
function removeAll(
  chosen: readonly InstalledAuthority[],
  options: TrustOptions,
  ledger: TrustLedger,
  session: Session,
  output: Output,
): void {
  const removed: InstalledAuthority[] = []
  let failure: unknown
  for (const entry of chosen) {
    try {
      removeAuthority(entry, accessFrom(options, session), ledger)
      removed.push(entry)
    } catch (error) {
      failure ??= error
    }
  }
  output.show(removed, () =>
    removed.length === 0 ? ['Nothing was taken away.'] : removed.map(({ place }) => `Taken away from ${place}.`),
  )
  if (failure !== undefined) throw failure
}

function accessFrom({ passwordFile }: TrustOptions, { surroundings }: Session) {
  return passwordFile === undefined ? {} : { passwordFile: resolve(surroundings.cwd, passwordFile) }
}
