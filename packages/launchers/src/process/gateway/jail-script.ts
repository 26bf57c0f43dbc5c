import { resolverAddress, sandboxAddress } from './addresses.ts'

/** Descriptors of the jail, as the gateway opens them and its script names them. */
export const jailDescriptors = { life: 0, errors: 2, ipc: 3, node: 4, status: 5 } as const

const noIpv6 = 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true'

/**
 * Runs as process 1 of a new process namespace, in a network namespace that has no uplink. It makes every IPv4 address
 * local, hangs a second network namespace on it, lets the stub hand over the listeners, and lives until its input ends.
 * Its end takes everything in the process namespace with it. `$1` is the stub's source, `$2` the ports.
 */
export const jailScript = `set -e
ip link set lo up
# Linux looks up the routes of tables "local" and "main" together, longest prefix first: the link below still wins.
ip route add local 0.0.0.0/0 dev lo
${noIpv6}
unshare -n sh -c '
  set -e
  ${noIpv6}
  # An agent may run servers on the ports that they are known by; this network is its own.
  echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || true
  ip link set lo up
  ip link add eth0 type veth peer name gw0 netns 1
  ip addr add ${sandboxAddress}/30 dev eth0
  ip link set eth0 up
  ip route add default via ${resolverAddress}
  # /proc is the host'"'"'s, so this reads the number under which the host knows the process that sleep becomes.
  ( read -r pid rest < /proc/self/stat; echo "$pid" >&5; exec env -i sleep infinity </dev/null >/dev/null 2>&1 3>&- 4<&- 5>&- ) &
'
ip addr add ${resolverAddress}/30 dev gw0
ip link set gw0 up
/proc/self/fd/4 --no-warnings -e "$1" "$2" </dev/null
exec 3>&- 4<&- 5>&- 6<&0
# Waiting for a child, unlike reading, also buries the processes that sandboxes leave to process 1.
cat <&6 >/dev/null 2>&1 &
wait $!
`
