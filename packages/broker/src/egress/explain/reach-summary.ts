import type { Reach, ReachCall, ReachGrant, ReachKey } from '@coatcheck/contract'

/** What a person has to know of a reach, the worst first. */
export function reachSummary(
  { bare, grants, key, tunnels }: Omit<Reach, 'summary'>,
  caps: readonly string[],
): readonly string[] {
  return [
    ...(key === undefined ? [] : [keyText(key)]),
    ...(tunnels.includes('*') ? ['Anything may be sent to every host of the internet, unread.'] : tunnelText(tunnels)),
    ...grants.flatMap((grant) => grantText(grant)),
    ...bare
      .filter(({ calls }) => calls.length > 0)
      .map(({ to, calls }) => `Without a secret, ${to}: ${callsText(calls)}.`),
    ...(caps.length === 0 ? [] : [`All of it together is held to ${caps.join(' and ')}.`]),
    ...(grants.length === 0 && tunnels.length === 0 ? ['Nothing leaves it.'] : ['No other host is reached.']),
  ]
}

function keyText({ endedAt, expiresAt, from }: ReachKey): string {
  const where = from.length === 0 ? 'from anywhere' : `from ${from.join(' ')} alone`
  if (endedAt === null) return `The key is good ${where}, until ${expiresAt}.`
  return `The key is over since ${endedAt}. It was good ${where}.`
}

function tunnelText(tunnels: readonly string[]): readonly string[] {
  return tunnels.length === 0 ? [] : [`Anything may be sent to ${tunnels.join(', ')}, unread.`]
}

function grantText({ caps, destinations, env }: ReachGrant): readonly string[] {
  const open = destinations.filter(({ calls }) => calls.length > 0)
  if (open.length === 0) return [`${env} may be used for nothing.`]
  const held = caps.length === 0 ? 'with no cap of its own' : `at most ${caps.join(' and ')}`
  return open.flatMap(({ calls, dangers, to }) => {
    const classes = [...new Set(dangers.map((danger) => danger.class))]
    const harm = classes.length === 0 ? 'No dangerous call that is known.' : `Dangerous calls: ${classes.join(', ')}.`
    return [`${env} on ${to}, ${held}: ${callsText(calls)}. ${harm}`]
  })
}

function callsText(calls: readonly ReachCall[]): string {
  return calls.map(callText).join('; ')
}

/** A call as a person reads it. */
export function callText({ conditions, effect, hosts, methods, paths, unbounded }: ReachCall): string {
  return [
    `${effect === 'ask' ? 'with approval, ' : ''}${methods === 'any' ? 'any method' : methods.join(' ')}`,
    paths === 'any' ? 'on any path' : `on ${paths.join(' ')}`,
    ...(hosts === 'any' ? [] : [`of ${hosts.join(' ')}`]),
    ...(conditions.length === 0 ? [] : [`where ${conditions.join(' and ')}`]),
    ...unbounded.map((expression) => `unbounded: ${expression}`),
  ].join(' ')
}
