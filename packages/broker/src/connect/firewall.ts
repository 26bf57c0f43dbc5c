import { isIP } from 'node:net'
import type { RecipeFile } from '@coatcheck/contract'
import type { ConnectPlan } from './connect-plan.ts'

/** What a sandbox is to the machine that it runs on: a user of its own, or whatever is behind a network interface of its own. */
export type Fenced = 'user' | 'interface'

/** Where the rules stand in the folder of a recipe. */
export const firewallPath = 'firewall.nft'

/**
 * Rules for nftables on Linux, in a table of their own, that let a sandbox reach the broker's address and port over TCP and
 * nothing else, and count what they stop.
 */
export function firewallFile(plan: ConnectPlan, fenced: Fenced): RecipeFile {
  const { hostname, port, protocol } = new URL(plan.proxyUrl)
  const host = hostname.replace(/^\[|\]$/g, '')
  const broker = { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) }
  return { path: firewallPath, content: rules(`coatcheck_${plan.sandboxId}`, broker, fenced), confidential: false }
}

interface Reached {
  readonly host: string
  readonly port: number
}

function rules(table: string, broker: Reached, fenced: Fenced): string {
  const isName = isIP(broker.host) === 0
  const family = isIP(broker.host) === 6 ? 'ip6' : 'ip'
  const address = isName ? '$broker' : broker.host
  return `${manual(table, broker, fenced, isName)}
table inet ${table}
delete table inet ${table}
table inet ${table} {
  counter to_broker { }
  counter stopped_dns { }
  counter stopped_ipv6 { }
  counter stopped_udp { }
  counter stopped_icmp { }
  counter stopped_tcp { }
  counter stopped_other { }

  chain sandbox {
    ${family} daddr ${address} tcp dport ${broker.port} counter name to_broker accept
${family === 'ip6' && fenced === 'interface' ? '    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n' : ''}    udp dport 53 counter name stopped_dns drop
    tcp dport 53 counter name stopped_dns reject with tcp reset
    meta nfproto ipv6 meta l4proto tcp counter name stopped_ipv6 reject with tcp reset
    meta nfproto ipv6 counter name stopped_ipv6 drop
    meta l4proto udp counter name stopped_udp drop
    meta l4proto icmp counter name stopped_icmp drop
    meta l4proto tcp counter name stopped_tcp reject with tcp reset
    counter name stopped_other drop
  }

${fenced === 'user' ? hook('output', 'meta skuid $sandbox') : ['input', 'forward'].map((name) => hook(name, 'iifname $sandbox')).join('\n')}}
`
}

/** What is not the sandbox's goes on as if the table were not there. */
function hook(name: string, condition: string): string {
  return `  chain ${name} {
    type filter hook ${name} priority -1; policy accept;
    ${condition} jump sandbox
  }
`
}

function manual(table: string, { host, port }: Reached, fenced: Fenced, isName: boolean): string {
  const sandbox = fenced === 'user' ? '"$(id -u USER)"' : 'INTERFACE'
  const broker = isName ? ' -D broker=ADDRESS' : ''
  const about =
    fenced === 'user'
      ? [
          'USER runs the sandbox and nothing else. Start it with no_new_privs (setpriv --no-new-privs), so that no',
          'program with the set-user-id bit sends for it; it has no business at sockets of Docker or of a resolver.',
        ]
      : [
          'INTERFACE is the bridge of its network, or the host’s end of its veth pair; nothing else is behind it. The',
          'resolver of Docker asks for its containers from the host’s side: use a network whose resolver knows no names.',
        ]
  return [
    `Lets one sandbox reach the broker at ${host}, TCP port ${port}, and nothing else. Names do not resolve behind it.`,
    ...(isName
      ? [`ADDRESS is an IPv4 address of ${host}; write it with the name into the sandbox’s /etc/hosts too.`]
      : []),
    ...about,
    '',
    `Load:    sudo nft -D sandbox=${sandbox}${broker} -f ${firewallPath}`,
    `Look:    sudo nft list counters table inet ${table}`,
    `Remove:  sudo nft delete table inet ${table}`,
  ]
    .map((line) => `# ${line}`.trimEnd())
    .join('\n')
}
