import { readPlainFile } from './anchored-folder.ts'
import { holdsPrivateKey } from './credential-shapes.ts'
import { sanitiseGitConfig } from './sanitise-git-config.ts'
import { sanitiseJson } from './sanitise-json.ts'
import { sanitiseLines } from './sanitise-lines.ts'
import { sanitiseYaml } from './sanitise-yaml.ts'
import { type Treatment, treatmentOf } from './secret-files.ts'

const maxReadBytes = 1_048_576
const emptyDocuments = { blank: '', json: '{}\n', xml: '<configuration/>\n' } as const

/** What a sandbox sees in place of a file. */
export interface Mask {
  readonly content: string
  /** Whether something was taken away; a mask that only keeps a file from being changed takes nothing. */
  readonly hides: boolean
}

/**
 * The mask of a file, by its path in the mount; nothing when the file may be seen as it is. What cannot be read, or is
 * too long to be checked, is blank.
 */
export function maskOf(root: string, path: string): Mask | undefined {
  const treatment = treatmentOf(path)
  if (treatment === undefined) return undefined
  const file = readPlainFile(path === '' ? root : `${root}/${path}`, maxReadBytes)
  if (file?.text === '') return undefined
  if (!file?.complete) return { content: emptyDocuments.blank, hides: true }
  return treat(treatment, file.text)
}

function treat(treatment: Treatment, text: string): Mask | undefined {
  switch (treatment) {
    case 'blank':
    case 'json':
    case 'xml':
      return { content: emptyDocuments[treatment], hides: true }
    case 'key':
      return text.includes('-----BEGIN') && !holdsPrivateKey(text) ? undefined : { content: '', hides: true }
    case 'certificate':
      return holdsPrivateKey(text) ? { content: '', hides: true } : undefined
    case 'lines': {
      const content = sanitiseLines(text)
      return content === text ? undefined : { content, hides: true }
    }
    case 'git-config': {
      const content = sanitiseGitConfig(text)
      return { content, hides: content.trim() !== text.trim() }
    }
    case 'settings':
      return treatSettings(text)
    case 'json-settings':
      return replaced(text, sanitiseJson(text), emptyDocuments.json)
    case 'yaml-settings':
      return replaced(text, sanitiseYaml(text), emptyDocuments.blank)
  }
}

/** What could not be read for certain is hidden whole. */
function replaced(text: string, inside: string | undefined, empty: string): Mask | undefined {
  return inside === text ? undefined : { content: inside ?? empty, hides: true }
}

/** A file that is just called `config`: git's own and Kubernetes' are recognised by what they hold. */
function treatSettings(text: string): Mask | undefined {
  if (/^\s*\[(?:core|remote|credential|http|url|user|include)\b/im.test(text)) return treat('git-config', text)
  if (/^\s*(?:kind:\s*Config|current-context:|aws_secret_access_key)/im.test(text)) return { content: '', hides: true }
  return undefined
}
