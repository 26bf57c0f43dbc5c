import { isDeepStrictEqual } from 'node:util'
import { CoatcheckError, type ProviderCreate, type ProviderHostView, type Scope } from '@coatcheck/contract'
import { canonicalHost } from '../foundation/canonical-host.ts'

/** Understands scopes as they are to be saved. @throws CoatcheckError `scope_invalid` */
export type PrepareScopes = (scopes: readonly Scope[]) => unknown

/** Stands for the customer's own label where only the rest of a host is known. */
const sampleLabel = 'tenant'

/**
 * Refuses what could never work, or would work more widely than it reads, before a provider is saved. Scopes made from it
 * are checked as if they were saved now.
 * @throws CoatcheckError `provider_invalid` with facts `field` and `reason`
 */
export function checkProvider(definition: ProviderCreate, prepareScopes: PrepareScopes): void {
  const { hosts, dangerous = [], keyPrefixes = [] } = definition
  hosts.forEach((entry, index) => {
    checkHost(entry, `hosts.${index}`, prepareScopes)
    if (hosts.findIndex(({ host }) => host === entry.host) < index) {
      refuse(`hosts.${index}.host`, 'named twice; list all its injectors in one place')
    }
  })
  if (hosts.every(({ injectors }) => injectors.length === 0)) refuse('hosts', 'no host gets the secret')
  checkNames(definition)
  keyPrefixes.forEach((prefix, index) => {
    if (keyPrefixes.indexOf(prefix) < index) refuse(`keyPrefixes.${index}`, 'named twice')
  })
  dangerous.forEach(({ host }, index) => {
    const isKnown = host === undefined || hosts.some((entry) => entry.host === host)
    if (!isKnown) refuse(`dangerous.${index}.host`, 'not one of `hosts`, so it can never match')
  })
}

function checkHost(entry: ProviderHostView, field: string, prepareScopes: PrepareScopes): void {
  const { host, injectors, perTenant, ...options } = entry
  const to = perTenant === true ? tenantHost(host, field) : host
  const { attach: _, foreign: __, ...reach } = options
  // Tried first with the plainest injector, so that a fault of the host is told from one of an injector.
  prepare(`${field}.host`, () => prepareScopes([{ to, inject: { kind: 'bearer' }, ...reach }]))
  injectors.forEach((inject, index) => {
    const place = `${field}.injectors.${index}`
    if (injectors.findIndex((other) => isDeepStrictEqual(other, inject)) < index) refuse(place, 'named twice')
    prepare(place, () => prepareScopes([{ to, inject, ...options }]))
  })
}

/** SECURITY: a host of everybody's suffix stands in no scope; only exact hosts below it do. */
function tenantHost(host: string, field: string): string {
  const suffix = host.startsWith('*.') ? host.slice(2) : undefined
  if (suffix === undefined || canonicalHost(suffix) !== suffix) {
    refuse(`${field}.host`, 'a host of which each customer has one is written `*.suffix`')
  }
  return `${sampleLabel}.${suffix}`
}

function checkNames({ variables = [], companionVariables = [], baseUrlVariables = [] }: ProviderCreate): void {
  const lists = { variables, companionVariables, baseUrlVariables: baseUrlVariables.map(({ name }) => name) }
  const seen = new Set<string>()
  for (const [list, names] of Object.entries(lists)) {
    names.forEach((name, index) => {
      if (seen.has(name)) refuse(`${list}.${index}`, 'named twice')
      seen.add(name)
    })
  }
}

function prepare(field: string, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
    throw new CoatcheckError('provider_invalid', { field, ...error.facts }, { cause: error })
  }
}

function refuse(field: string, reason: string): never {
  throw new CoatcheckError('provider_invalid', { field, reason })
}
