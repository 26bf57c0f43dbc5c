import { exportedEnvironment } from '../exported-environment.ts'
import { exportedFiles, wgetSettings } from '../exported-files.ts'
import { firewallFile, firewallPath } from '../firewall.ts'
import { endItself, type Recipe } from '../recipe.ts'
import { quoteForShell } from '../shell-quote.ts'

const folder = '$COATCHECK_FOLDER'

/** Any machine with a POSIX shell: variables to source, in a folder of one's own. */
export const shell: Recipe = {
  target: 'shell',
  describe(plan) {
    const env = exportedEnvironment(plan, folder)
    // Only the folder is a variable of the shell; every value beside it stands for itself.
    const lines = Object.entries(env).map(([name, value]) => {
      const [before = '', ...after] = value.split(folder)
      const rest = after.map((part) => `"$COATCHECK_FOLDER"${part === '' ? '' : quoteForShell(part)}`).join('')
      return `export ${name}=${before === '' && rest !== '' ? '' : quoteForShell(before)}${rest}\n`
    })
    const place = `COATCHECK_FOLDER=$(cd "$(dirname "\${BASH_SOURCE:-$0}")" && pwd)\n`
    // Written when it is sourced: before, nobody knows where the folder is, and wget expands no variables.
    const wgetrc = `{ cat > "$COATCHECK_FOLDER/wgetrc"; } 2> /dev/null <<END || :\n${wgetSettings(folder)}END\n`
    const script = [place, wgetrc, ...lines].join('')
    return {
      target: 'shell',
      fence: `Advisory: a program that ignores these variables reaches the network, without any secret. For a user of its own on Linux, ${firewallPath} lets nothing out but the broker.`,
      env,
      files: [
        ...exportedFiles(plan).filter(({ path }) => path !== 'wgetrc'),
        firewallFile(plan, 'user'),
        { path: 'coatcheck.sh', content: script, confidential: true },
      ],
      start: '. ./coatcheck.sh && your-command',
      teardown: `trap '${endItself}' EXIT`,
      warnings: ['Source it with bash; for another shell set COATCHECK_FOLDER first and source the lines below it.'],
    }
  },
}
