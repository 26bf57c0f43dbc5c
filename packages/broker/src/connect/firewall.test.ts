import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ConnectPlan } from './connect-plan.ts'
import { type Fenced, firewallFile } from './firewall.ts'

const possible = spawnSync('unshare', ['--net', 'nft', 'list', 'tables']).status === 0
const skip = possible ? false : 'takes nft, and a network namespace of one’s own'

function rulesFor(proxyUrl: string, fenced: Fenced): string {
  const plan: ConnectPlan = {
    sandboxId: 'sbx_0a1b2c3d',
    name: 'agent',
    placeholders: {},
    baseUrls: {},
    gatewayUrl: proxyUrl,
    direct: [],
    proxyUrl,
    ca: '',
    roots: [],
    expiresAt: '2030-01-01T00:00:00.000Z',
  }
  return firewallFile(plan, fenced).content
}

for (const [proxyUrl, reached] of [
  ['https://id:token@192.0.2.7:7071', 'ip daddr 192.0.2.7 tcp dport 7071 '],
  ['https://id:token@192.0.2.7', 'ip daddr 192.0.2.7 tcp dport 443 '],
  ['http://id:token@127.0.0.1', 'ip daddr 127.0.0.1 tcp dport 80 '],
  ['https://id:token@[2001:db8::7]:7071', 'ip6 daddr 2001:db8::7 tcp dport 7071 '],
  ['https://id:token@broker.example:7071', 'ip daddr $broker tcp dport 7071 '],
] as const) {
  for (const fenced of ['user', 'interface'] as const) {
    test(`R-51: the rules of a ${fenced} let address and port of ${proxyUrl} through, and nft takes them`, {
      skip,
    }, () => {
      const rules = rulesFor(proxyUrl, fenced)
      const accepted = rules.split('\n').filter((line) => line.includes(' accept') && !line.includes('policy'))
      assert.ok(accepted[0]!.includes(reached))
      const isNeighbours = fenced === 'interface' && reached.startsWith('ip6')
      assert.equal(accepted.length, isNeighbours ? 2 : 1)
      assert.doesNotMatch(rules, /token/)
      const sandbox = fenced === 'user' ? '65534' : 'lo'
      const args = ['-D', `sandbox=${sandbox}`, '-D', 'broker=192.0.2.7', '-c', '-f', '-']
      const checked = spawnSync('unshare', ['--net', 'nft', ...args], { input: rules, encoding: 'utf8' })
      assert.deepEqual([checked.status, checked.stderr], [0, ''])
    })
  }
}

/** A namespace behind a veth pair tries what there is on the other side; each line is a place and 0 where it was reached. */
const scene = `
set -eu
server=
ip link set lo up
unshare --net sleep 60 > /dev/null 2>&1 & inside=$!
trap 'kill $inside $server' EXIT
wait_for() { for turn in $(seq 500); do "$@" && return; sleep 0.02; done; exit 3; }
is_apart() { [ "$(readlink /proc/$inside/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; }
wait_for is_apart
ip link add outer type veth peer name inner
ip link set inner netns $inside
ip addr add 10.77.0.1/24 dev outer; ip addr add 10.77.0.3/24 dev outer; ip addr add fd77::1/64 dev outer nodad
ip link set outer up
within() { nsenter --target $inside --net "$@"; }
within ip addr add 10.77.0.2/24 dev inner; within ip addr add fd77::2/64 dev inner nodad
within ip link set inner up
/usr/bin/python3 -c '
import signal, socket, sys
kept = [socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True) for port in (7071, 7072)]
print("ready", flush=True)
signal.pause()' > "$1" 2>&1 & server=$!
wait_for grep -qs ready "$1"
nft -D sandbox=outer -f "$2"
for place in 10.77.0.1/7071 10.77.0.1/7072 10.77.0.3/7071 fd77::1/7071 fd77::1/7072; do
  within timeout 2 bash -c ": > /dev/tcp/$place" 2> /dev/null && echo "$place 0" || echo "$place 1"
done
nft delete table inet coatcheck_sbx_0a1b2c3d
within timeout 2 bash -c ": > /dev/tcp/10.77.0.1/7072" && echo "afterwards 0"
`

for (const [broker, reached] of [
  ['10.77.0.1', '10.77.0.1/7071'],
  ['[fd77::1]', 'fd77::1/7071'],
] as const) {
  test(`AC-2.4, R-51, R-53: what is behind an interface reaches the broker at ${broker} and nothing else`, {
    skip,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coatcheck-firewall-'))
    try {
      await writeFile(`${folder}/rules`, rulesFor(`https://id:token@${broker}:7071`, 'interface'))
      const args = ['--net', 'bash', '-c', scene, 'scene', `${folder}/ready`, `${folder}/rules`]
      const { stdout, stderr, status } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000 })
      assert.equal(status, 0, stderr)
      const said = stdout.trim().split('\n')
      assert.equal(said.length, 6)
      assert.deepEqual(
        said.filter((line) => line.endsWith(' 0')),
        [`${reached} 0`, 'afterwards 0'],
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
