import { argumentInside, maskedValue, settingInside } from './credential-settings.ts'

/** `name: value` or `- name: value`, with what stands before the name. */
const member = /^(\s*(?:- +)*)("[^"]*"|'[^']*'|[^\s#:{}[\],"'-][^:{}[\]]*?)\s*:(?:\s+(.*))?$/
const item = /^(\s*(?:- +)+)(.*)$/
const comment = /(?:^|\s)#.*$/

/** Longer lines are no settings, and dear to search. */
const longestLine = 8_192

/**
 * A YAML document of settings without the values that are or may be credentials. Values that go take what is indented
 * below them along; lines in another form are kept only where they hold nothing of the kind. Nothing when a quoted value
 * runs over several lines, and so cannot be told from settings.
 */
export function sanitiseYaml(document: string): string | undefined {
  const kept: string[] = []
  const names: { readonly indent: number; readonly name: string }[] = []
  const isSecretManifest = /^kind:\s*["']?Secret\b/m.test(document)
  let goneIndent: number | undefined
  for (const line of document.replaceAll('\r\n', '\n').split('\n')) {
    if (line.length > longestLine) return undefined
    const indent = line.length - line.trimStart().length
    if (goneIndent !== undefined && line.trim() !== '' && indent > goneIndent) continue
    goneIndent = undefined
    if (line.trim() === '' || line.trimStart().startsWith('#')) {
      if (argumentInside(line.replace(/^[\s#]+/, '')) === line.replace(/^[\s#]+/, '')) kept.push(line)
      continue
    }
    const clean = line.replace(comment, '').trimEnd()
    const [, before = '', name = '', value = ''] = member.exec(clean) ?? []
    if (name === '') {
      const inside = itemInside(clean, names)
      if (inside !== clean) goneIndent = indent
      kept.push(inside)
      continue
    }
    while ((names.at(-1)?.indent ?? -1) >= before.length) names.pop()
    names.push({ indent: before.length, name: unquoted(name) })
    const path = names.map((one) => one.name)
    const isData = isSecretManifest && /^(?:data|stringData)$/.test(path[0] ?? '') && path.length > 1
    const plain = unquoted(value.replace(/^(?:[&!][^\s]*\s+)+/, ''))
    const inside = isData ? maskedValue : insideOf(path, plain)
    if (value === '' || inside === plain) {
      kept.push(clean)
      continue
    }
    if (/^["'][^"']*$/.test(value)) return undefined
    goneIndent = before.length
    kept.push(`${before}${name}: ${JSON.stringify(inside)}`)
  }
  return kept.join('\n')
}

/** SECURITY: a collection on one line goes whole when anything in it may be a credential. */
function insideOf(path: readonly string[], value: string): string {
  if (!/^[{[]/.test(value)) return settingInside(path, value)
  const pairs = value.split(/[{}[\],]/).map((pair) => pair.trim().replaceAll(/["']/g, ''))
  const telling = pairs.some((pair) => argumentInside(pair) !== pair || settingInside(path, pair) !== pair)
  return telling ? maskedValue : value
}

function itemInside(line: string, names: readonly { readonly name: string }[]): string {
  const [, before = '', text = line.trim()] = item.exec(line) ?? []
  const plain = unquoted(text)
  const path = names.map(({ name }) => name)
  const inside = argumentInside(plain) === plain ? settingInside(path, plain) : argumentInside(plain)
  return inside === plain ? line : `${before === '' ? /^\s*/.exec(line)?.[0] : before}${JSON.stringify(inside)}`
}

function unquoted(text: string): string {
  return /^(["'])(.*)\1$/.exec(text)?.[2] ?? text
}
