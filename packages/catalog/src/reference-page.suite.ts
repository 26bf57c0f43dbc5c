import type { InjectorSpec } from '@coatcheck/contract'
import type { Provider } from './provider.ts'
import { providers } from './registry.ts'

const introduction = `# The catalog

Every service that Coatcheck knows, by category. \`coatcheck provider show ID\` has the rest: the places of the secret at each host,
the variables that keep their values, and the calls that an agent seldom needs. What a provider is, and how to describe one of your
own, stands in [providers.md](../providers.md).

A host that begins with \`*\` is a suffix below which each customer has a host: a secret goes only to the one that it is stored with.

This page is written by \`node --conditions=source tools/write-reference.ts\`.
`

/** The reference page of the catalog. */
export function providersPage(): string {
  const byCategory = Map.groupBy(providers, ({ category }) => category)
  return [introduction, ...[...byCategory.keys()].sort().map((name) => section(name, byCategory.get(name) ?? []))].join(
    '\n',
  )
}

function section(category: string, members: readonly Provider[]): string {
  return `## ${category}\n
| id | service | variables | hosts | forms | checked |
|---|---|---|---|---|---|
${members.map(row).join('\n')}
`
}

function row({ id, name, documentation, variables, hosts, lastChecked }: Provider): string {
  const secret = hosts.filter(({ injectors }) => injectors.length > 0)
  const [first, ...others] = secret.map(({ host }) => `\`${host}\``)
  const hostText = others.length > 3 ? `${first} and ${others.length} more` : [first, ...others].join(', ')
  const forms = [...new Set(secret.flatMap(({ injectors }) => injectors.map(formText)))]
  const cells = [
    `\`${id}\``,
    `[${name}](${documentation})`,
    variables.map((variable) => `\`${variable}\``).join(', '),
    hostText,
    forms.join(', '),
    lastChecked,
  ]
  return `| ${cells.join(' | ')} |`
}

function formText({ kind, name, prefix, scheme }: InjectorSpec): string {
  if (kind === 'header' || kind === 'query') {
    return `${kind} \`${String(name)}${typeof prefix === 'string' ? `: ${prefix.trimEnd()}` : ''}\``
  }
  return typeof scheme === 'string' ? `${kind} \`${scheme}\`` : kind
}
