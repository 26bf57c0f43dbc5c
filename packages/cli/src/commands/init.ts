import { existsSync } from 'node:fs'
import { type Home, homePaths, keyAsksForPassphrase } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import { Command, Option } from 'commander'
import { changeSettings } from '../change-settings.ts'
import { homeHere } from '../home-here.ts'
import { addPassphraseOptions, type NewPassphraseOptions, readNewPassphrase } from '../read-passphrase.ts'
import type { Session } from '../session.ts'
import { fieldLines } from '../table.ts'
import { addWayOptions, type WayOptions, wayFrom } from '../way-settings.ts'

const examples = `
Other commands do this by themselves; init is for those who want to see where things lie first, or want the key under a
passphrase. Running it again changes nothing. How services are reached becomes a setting of the home: see coatcheck settings.

Examples:
  $ coatcheck init
  $ coatcheck init --key passphrase
  $ coatcheck init --upstream-proxy http://proxy.corp.example:3128 --roots corp.pem`

interface InitOptions extends NewPassphraseOptions, WayOptions {
  readonly key: 'file' | 'passphrase'
}

/** `coatcheck init` */
export function initCommand(session: Session): Command {
  const command = new Command('init')
    .description('create key and database, and say where they are')
    .addOption(
      new Option('--key <kind>', 'how the key lies in its file').choices(['file', 'passphrase']).default('file'),
    )
    .addHelpText('after', examples)
    .action(async (options: InitOptions, self: Command) => {
      const newKey = await newKeyFrom(options, session, session.home(self))
      const next = wayFrom(options, session.surroundings.cwd)
      // Before the broker starts, which reads them.
      if (Object.keys(next).length > 0) await changeSettings(homeHere(session, self), next)
      await session.withBroker(
        self,
        async ({ home, output }) => {
          const { database, audit, keyFile, socket } = homePaths(home)
          const asks = keyAsksForPassphrase(home)
          output.show({ home, database, audit, keyFile, socket, key: asks ? 'passphrase' : 'file' }, () => [
            ...fieldLines([
              ['database', database],
              ['journal', audit],
              ['key', asks ? `${keyFile}, under a passphrase` : keyFile],
            ]),
            'Keep a backup: coatcheck backup --with-key FILE. Next: coatcheck secret create',
          ])
        },
        newKey,
      )
    })
  return addWayOptions(addPassphraseOptions(command))
}

async function newKeyFrom(options: InitOptions, session: Session, home: Home) {
  const isAsked = options.key === 'passphrase'
  if (!isAsked && (options.passphraseFile !== undefined || options.passphraseStdin === true))
    throw new CoatcheckError('request_invalid', { reason: 'a passphrase needs `--key passphrase`' })
  if (!isAsked || keyAsksForPassphrase(home)) return undefined
  if (existsSync(homePaths(home).keyFile)) {
    const reason = 'there is a key already; `coatcheck vault passphrase` puts it under a passphrase'
    throw new CoatcheckError('request_invalid', { reason })
  }
  return { newKey: options.key, passphrase: await readNewPassphrase(options, session.surroundings) }
}
