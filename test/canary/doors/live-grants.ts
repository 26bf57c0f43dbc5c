import assert from 'node:assert/strict'
import type { CreatedSandbox } from '@coatcheck/contract'
import type { Door } from './door.ts'
import { goodRequest } from './sandbox.ts'

const broker = 'http://coatcheck.internal'
const curl = 'curl -sS -i --max-time 20'

/** Everything that the agent door is asked, and what it does not answer. */
const agentDoor = [
  ...['/self', '/self/grants', '/ca.pem', '/access-requests', '/v1/secrets', '/v1/tokens', '/metrics', '/$KEY'].map(
    (path) => `${curl} ${broker}${path}`,
  ),
  `${curl} -H "Authorization: Bearer $KEY" -H "X-Sandbox: $KEY" ${broker}/self?token=$KEY`,
  `${curl} -X POST --data "$KEY" ${broker}/self`,
].join('; ')

/** A sandbox that is opened once, and joined, changed and asked about from outside and from inside. */
export const liveGrants: Door = {
  name: 'a live sandbox: exec, attach, detach, attach again, and the agent door',
  once: true,
  async walk(stage) {
    const create = ['sandbox', 'create', '--launch', '--secret', 'KEY=key', '--label', 'door=live', '--json']
    const made = await stage.quietly(create)
    assert.equal(made.code, 0, made.stderr)
    const { id, token } = JSON.parse(made.stdout) as CreatedSandbox
    stage.learn(token)
    const sandbox = async (verb: string, ...rest: readonly string[]) => {
      const { code, stdout, stderr } = await stage.command(['sandbox', verb, id, ...rest])
      assert.equal(code, 0, `${verb}: ${stderr}`)
      return stdout
    }
    const exec = (script: string) => sandbox('exec', '--', 'sh', '-c', script)
    assert.match(await exec(`printenv; cat /proc/*/environ; ${goodRequest}; ${agentDoor}`), /HTTP\/[\d.]+ 200/)
    await sandbox('attach', 'SPARE=key')
    assert.match(await exec(`printenv SPARE; ${goodRequest.replace('$KEY', '$SPARE')}`), /HTTP\/[\d.]+ 200/)
    await sandbox('detach', 'KEY')
    assert.equal((await stage.command(['sandbox', 'exec', id, '--', 'printenv', 'KEY'])).code, 1)
    await sandbox('attach', 'KEY=key', '--json')
    const givenUp = `${curl} -X DELETE ${broker}/self/grants/KEY; ${goodRequest}; true`
    assert.doesNotMatch(await exec(givenUp), /HTTP\/[\d.]+ 200/)
    await sandbox('renew', '--ttl', '10m')
    await sandbox('show')
    const { code, stderr } = await stage.command(['lockdown', '--label', 'door=live', '--yes'])
    assert.equal(code, 0, stderr)
  },
}
