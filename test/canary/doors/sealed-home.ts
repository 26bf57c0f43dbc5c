import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createClient } from '@coatcheck/sdk'
import { askApi } from '../../acceptance/ask-api.ts'
import { startServe } from '../../acceptance/serving-broker.ts'
import { startConnectProxy } from '../../fixtures/connect-proxy.ts'
import { type SecondHome, secondHome } from '../second-home.ts'
import { goodHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'
import { goodRequest } from './sandbox.ts'

/** A passphrase right and wrong, a proxy with a password right and wrong, a new key, and backups with and without it. */
export const sealedHome: Door = {
  name: 'a key under a passphrase, services behind a proxy that wants a password, a new key, backup and restore',
  once: true,
  async walk(stage) {
    const { passphrase, nextPassphrase, login } = stage.values
    const home = secondHome(stage, 'sealed')
    await home.done(2, ['init', '--key', 'passphrase', '--passphrase-stdin'], login.value.slice(0, 11))
    await home.done(0, ['init', '--key', 'passphrase', '--passphrase-stdin'], passphrase.value)
    await home.done(6, ['vault', 'unlock'])
    await stage.withFile(nextPassphrase.value, async (file) => {
      const wrong = { COATCHECK_PASSPHRASE_FILE: file }
      await home.done(4, ['status'], '', wrong)
      await home.done(4, ['serve', '--passphrase-file', file])
    })
    await using proxy = await startConnectProxy(stage.services.good.port, `corp:${login.value}`)
    for (const password of [`x${login.value}`, login.value]) {
      const url = `http://corp:${password}@127.0.0.1:${proxy.port}\n`
      await stage.withFile(
        url,
        (proxyFile) =>
          stage.withFile(
            `${passphrase.value}\n`,
            (file) => serveBehind(stage, home, file, proxyFile, password),
            'phrase',
          ),
        'proxy',
      )
    }
    assert.deepEqual(proxy.opened, [`${goodHost}:443`])
    await backups(stage, home)
  },
}

/** Serves the sealed home behind a proxy; does all the rest only with the right password. */
async function serveBehind(stage: Stage, home: SecondHome, file: string, proxyFile: string, password: string) {
  const args = ['--passphrase-file', file, '--upstream-proxy-file', proxyFile]
  const broker = await startServe(stage.caller, { args, env: home.env })
  try {
    const isRight = password === stage.values.login.value
    const client = createClient(home)
    const scopes = [{ to: goodHost, inject: { kind: 'bearer' }, roots: stage.services.root.certificate }]
    if (!isRight) await client.secrets.create({ name: 'key', value: stage.values.stored.value, scopes })
    const answer = await home.done(0, [
      'run',
      '--profile',
      'locked',
      '--secret',
      'KEY=key',
      '--',
      'sh',
      '-c',
      goodRequest,
    ])
    assert.match(answer, isRight ? /HTTP\/[\d.]+ 200/ : /upstream_proxy_refused/)
    if (isRight) await changeKeys(stage, home)
  } finally {
    await broker.stop()
    stage.hear('the log behind the proxy', broker.said())
  }
}

/** Locks and unlocks, changes the passphrase there and back, and replaces the key, all while a broker serves. */
async function changeKeys(stage: Stage, home: SecondHome): Promise<void> {
  const { passphrase, nextPassphrase } = stage.values
  const ask = async (path: string, body: object, status: number) => {
    const answer = await askApi(home.socketPath, { method: 'POST', path: `/v1/vault/${path}`, body })
    stage.hear(path, answer.text)
    assert.equal(answer.status, status, answer.text)
  }
  const [present, next] = [passphrase.value, nextPassphrase.value]
  await ask('lock', {}, 200)
  await ask('unlock', { passphrase: next }, 403)
  await ask('unlock', { passphrase: [present] }, 400)
  await ask('unlock', { passphrase: present, [next]: next }, 400)
  await ask('unlock', { passphrase: present }, 200)
  await ask('passphrase', { current: next, next: present }, 403)
  await ask('passphrase', { current: present, next: next.slice(0, 8) }, 422)
  await ask('passphrase', { current: present, next }, 200)
  await ask('passphrase', { current: next, next: present }, 200)
  await home.done(0, ['vault', 'rotate-key'])
}

/** Backups without and with the keys, and what is restored from them. */
async function backups(stage: Stage, home: SecondHome): Promise<void> {
  const { passphrase, nextPassphrase, stored } = stage.values
  const file = (name: string) => join(stage.caller.folder, name)
  await home.done(0, ['backup', file('plain.backup')])
  const withKey = ['backup', '--with-key', '--passphrase-stdin', file('keys.backup')]
  await stage.withFile(passphrase.value, async (given) => {
    await home.done(0, withKey, nextPassphrase.value, { COATCHECK_PASSPHRASE_FILE: given })
  })
  const restored = secondHome(stage, 'restored')
  const restore = (given: string) => ['restore', '--passphrase-file', given, file('keys.backup')]
  await stage.withFile(stored.value, (given) => restored.done(4, restore(given)))
  await stage.withFile(nextPassphrase.value, async (given) => {
    const opened = { COATCHECK_PASSPHRASE_FILE: given }
    await restored.done(0, restore(given))
    await restored.done(0, ['vault', 'confirm-rollback'], '', opened)
    await restored.done(0, ['secret', 'rotate', 'key', '--value-stdin'], stored.value, opened)
    await restored.done(0, ['logs', '--json', '--limit', '1000'], '', opened)
  })
  await restored.done(0, ['uninstall', '--yes'])
}
