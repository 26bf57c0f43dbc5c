import { CoatcheckError } from '@coatcheck/contract'
import { caVariables, ownFolder } from '../trust/ca-variables.ts'
import { gitVariables } from '../trust/git-variables.ts'
import { mysqlSettingsVariables } from '../trust/mysql-settings.ts'
import { sandboxHome, sandboxUser } from './sandbox-files.ts'

const ownPath = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * The whole environment inside: what the caller gives, and over it what describes the sandbox itself. Folders of the
 * caller's PATH come first.
 * @throws CoatcheckError `launch_impossible` for a name or value that cannot be one
 */
export function sandboxEnvironment(given: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(given)) {
    // SECURITY: arguments travel separated by NUL; a value that holds one would be read as more of them.
    if (!/^[^=\0]+$/.test(name) || value.includes('\0')) {
      throw new CoatcheckError('launch_impossible', {
        reason: 'a variable of the environment has an impossible name or value',
      })
    }
  }
  const path = [...(given['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/')), ...ownPath]
  return {
    ...gitVariables,
    ...mysqlSettingsVariables(given, ownFolder),
    ...given,
    ...caVariables(),
    HOME: sandboxHome,
    LOGNAME: sandboxUser.name,
    PATH: [...new Set(path)].join(':'),
    TMPDIR: '/tmp',
    USER: sandboxUser.name,
  }
}
