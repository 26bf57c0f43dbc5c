import { capText, type NetworkRule, type ProfileView } from '@coatcheck/contract'
import { ruleLines } from './rule-lines.ts'
import { fieldLines } from './table.ts'

/** A profile for a person: what its sandboxes reach, hold, may do and use, and how long they live. */
export function profileLines(profile: ProfileView): readonly string[] {
  const { caps, description, name, network, origin, rules, secrets, ttlSeconds } = profile
  const allowed = network.allow.length === 0 ? ['nothing beside the destinations of its secrets'] : []
  return fieldLines([
    ['name', name],
    ['origin', origin === 'own' ? 'your own' : 'built in'],
    ...listed('description', description === '' ? [] : [description]),
    ...listed('allow', [...allowed, ...network.allow.map(hostText)]),
    ...listed('deny', network.deny),
    ...listed(
      'secrets',
      Object.entries(secrets).map(([env, secret]) => `${env} → ${secret}`),
    ),
    ...Object.entries(rules).flatMap(([env, list]) => listed(`rules of ${env}`, ruleLines(list))),
    ...listed('caps', caps.map(capText)),
    ...listed('ttl', ttlSeconds === null ? [] : [`${ttlSeconds} seconds`]),
  ])
}

function hostText({ pin, to }: NetworkRule): string {
  const host = to === '*' ? 'every host' : to
  return pin === undefined ? host : `${host} at ${pin.address}`
}

function listed(name: string, values: readonly string[]): readonly (readonly [string, string])[] {
  return values.map((value, index) => [index === 0 ? name : '', value])
}
