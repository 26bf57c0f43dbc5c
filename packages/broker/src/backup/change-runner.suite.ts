import { createReadStream } from 'node:fs'
import { resolveHome } from '../config/home.ts'
import { uninstallHome } from '../config/uninstall-home.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { restoreBackup } from './restore-backup.ts'

// A program that changes a home as a whole: `restore HOME BACKUP PASSPHRASE`, or `uninstall HOME`.
const [what, folder = '', file = '', passphrase = ''] = process.argv.slice(2)
const home = resolveHome(folder, {})
if (what === 'uninstall') uninstallHome(home, false)
else {
  await restoreBackup({
    home,
    chunks: createReadStream(file),
    replace: true,
    askPassphrase: () => Promise.resolve(new SecretValue(Buffer.from(passphrase))),
  })
}
