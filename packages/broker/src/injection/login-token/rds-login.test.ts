import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { prepareInjection } from '../registry.ts'

const keys = Buffer.from('AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n')
const moment = { port: 5_432, now: new Date('2026-01-02T03:04:05Z') }

for (const kind of ['postgres', 'mysql']) {
  const spec: InjectorSpec = { kind, token: 'aws-rds', user: 'app' }

  test(`${kind}: the name of a database says its region, and the scope where it does not`, () => {
    const places: readonly (readonly [string, string | undefined])[] = [
      ['shop.cluster-c0ffee.eu-central-1.rds.amazonaws.com', 'eu-central-1'],
      ['shop.c0ffee.us-gov-west-1.rds.amazonaws.com', 'us-gov-west-1'],
      ['shop.c0ffee.cn-north-1.rds.amazonaws.com.cn', 'cn-north-1'],
      ['db.example.com', undefined],
      ['eu-central-1.rds.amazonaws.com.example.com', undefined],
    ]
    for (const [host, region] of places) {
      const { login } = prepareInjection(spec)
      assert.equal(login!.missingFor!(host) === undefined, region !== undefined, host)
      if (region === undefined)
        assert.throws(() => login!.present!(keys, { ...moment, host }), { code: 'scope_invalid' })
      else assert.match(String(login!.present!(keys, { ...moment, host })), new RegExp(`%2F${region}%2Frds-db%2F`))
      const said = prepareInjection({ ...spec, region: 'ap-south-2' }).login!
      assert.equal(said.missingFor!(host), undefined)
      assert.match(String(said.present!(keys, { ...moment, host })), /%2Fap-south-2%2Frds-db%2F/)
    }
  })

  test(`${kind}: what a token is made from is a pair of keys, and no refusal repeats it`, () => {
    const { check } = prepareInjection(spec)
    check(keys)
    for (const text of [`${kind}://app:pw@db.example.com`, 'pass word', '{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}']) {
      assert.throws(
        () => check(Buffer.from(text)),
        (error: Error & { readonly code?: string }) =>
          error.code === 'secret_unusable' && !JSON.stringify(error).includes(text) && !error.message.includes(text),
      )
    }
  })

  const refused: readonly InjectorSpec[] = [
    { kind, token: 'aws-rds' },
    { kind, token: 'aws', user: 'app' },
    { kind, token: 'aws-rds', user: 'app', tls: 'off' },
    { kind, token: 'aws-rds', user: 'app', region: 'mars' },
    { kind, user: 'app', region: 'eu-central-1' },
    kind === 'postgres' ? { ...spec, login: 'scram' } : { ...spec, plugins: ['mysql_clear_password'] },
  ]
  for (const each of refused) {
    test(`${JSON.stringify(each)} is refused`, () => {
      assert.throws(() => prepareInjection(each), { code: 'scope_invalid' })
    })
  }
}
