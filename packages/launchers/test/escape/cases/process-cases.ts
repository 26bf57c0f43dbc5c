import assert from 'node:assert/strict'
import { assertAll, runInside } from '../run-inside.ts'
import type { EscapeCase } from '../sandbox-bench.ts'

/** Items 5, 6 and 11: the kernel gives no way out, and other processes tell nothing. */
export const processCases: readonly EscapeCase[] = [
  {
    item: 5,
    name: 'no namespace, mount, trace, key ring, io_uring, bpf, terminal or network call does anything',
    async run(bench) {
      assertAll(await runInside(bench, 'system_calls'), /^refused/)
    },
  },
  {
    item: 6,
    name: 'environments, command lines, mounts and descriptors show nothing of the host',
    async run(bench) {
      assert.deepEqual(await runInside(bench, 'look_around', bench.hidden), {})
    },
  },
  {
    item: 6,
    name: 'the environment holds what was given and what describes the sandbox, nothing more',
    async run(bench) {
      const { stdout } = await bench.run(['env'])
      for (const text of bench.hidden.texts) assert.ok(!stdout.includes(text))
      assert.match(stdout, /^HOME=\/home\/agent$/m)
    },
  },
  {
    item: 11,
    name: 'an agent can listen on 80, 443 and 5432 itself, and still reaches the broker',
    async run(bench) {
      const { code, stdout, stderr } = await bench.run([
        '/usr/bin/python3',
        '-c',
        listenAndDial,
        JSON.stringify({ name: bench.knownName, ports: [80, 443, 5432] }),
      ])
      assert.equal(code, 0, stderr)
      assert.match(stdout, /own: mine/)
      assert.match(stdout, /broker: HTTP\/1\.1/)
    },
  },
]

const listenAndDial = `
import json, socket, sys
facts = json.loads(sys.argv[1])
servers = [socket.create_server(("0.0.0.0", port)) for port in facts["ports"]]
client = socket.create_connection(("127.0.0.1", facts["ports"][0]), 3)
peer, _ = servers[0].accept()
peer.sendall(b"mine")
print("own:", client.recv(10).decode())
broker = socket.create_connection((facts["name"], 80), 3)
broker.sendall(b"GET / HTTP/1.1\\r\\nHost: " + facts["name"].encode() + b"\\r\\n\\r\\n")
print("broker:", broker.recv(100).decode().splitlines()[0])
`
