import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { readDoor } from './read-door.ts'

const doors = ['api', 'proxy'] as const

for (const door of doors) {
  test(`SEC-08, R-94: off loopback, the ${door} door is not opened in clear text`, () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', '::ffff:192.0.2.1']) {
      assert.throws(() => readDoor(door, { listen: { host, port: 1 } }), { code: 'tls_required' }, host)
    }
    for (const [host, plain] of [
      ['127.0.0.1', '127.0.0.1'],
      ['localhost', '127.0.0.1'],
      ['127.8.9.10', '127.8.9.10'],
      ['::1', '::1'],
    ] as const) {
      assert.equal(readDoor(door, { listen: { host, port: 1 } }).host, plain)
    }
  })

  test(`the ${door} door takes addresses only`, () => {
    for (const host of ['broker.test', '127.1', '', '127.0.0.1.test']) {
      assert.throws(
        () => readDoor(door, { listen: { host, port: 1 } }),
        (error) =>
          error instanceof CoatcheckError && error.code === 'settings_invalid' && error.facts['setting'] === door,
      )
    }
  })

  test(`the ${door} door is called by a scheme, a host and a port`, () => {
    const listen = { host: '127.0.0.1', port: 1 }
    for (const publicUrl of [
      'broker.test',
      'ftp://broker.test',
      'https://me@broker.test',
      'https://broker.test/v1?x',
    ]) {
      assert.throws(() => readDoor(door, { listen, publicUrl }), { code: 'settings_invalid' }, publicUrl)
    }
    assert.equal(
      readDoor(door, { listen, publicUrl: 'https://Broker.test:8443/' }).publicUrl,
      'https://broker.test:8443',
    )
  })

  test(`what the TLS library says of the key of the ${door} door goes nowhere`, (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-door-'))
    context.after(() => rmSync(folder, { recursive: true }))
    const tls = { certificateFile: join(folder, 'cert'), keyFile: join(folder, 'key') }
    writeFileSync(tls.certificateFile, 'nonsense')
    writeFileSync(tls.keyFile, '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----', { mode: 0o600 })
    assert.throws(
      () => readDoor(door, { listen: { host: '0.0.0.0', port: 1 }, tls }),
      (error) => error instanceof CoatcheckError && error.code === 'settings_invalid' && error.cause === undefined,
    )
  })
}
