import { test } from 'node:test'
import { keyringScene, standInKeychainScene, withoutKeyring } from './keychain-scenes.suite.ts'
import { testSource } from './source.suite.ts'

testSource('keychain, as on Linux', (value) => standInKeychainScene('linux', value))
testSource('keychain, as on macOS', (value) => standInKeychainScene('darwin', value))

if (withoutKeyring === false) testSource('keychain, the Secret Service of GNOME', keyringScene)
else test('AC-18.1: a source of the kind keychain, the Secret Service of GNOME', { skip: withoutKeyring }, () => {})
