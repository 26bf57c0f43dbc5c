import type { Rule, RuleList } from '@coatcheck/contract'

/** A rule list as lines for a person, the default last. */
export function ruleLines({ default: otherwise, dryRun, presets = [], rules }: RuleList): readonly string[] {
  return [
    ...(dryRun === true ? ['dry run: nothing is refused'] : []),
    ...presets.map((preset) => `preset ${preset}`),
    ...rules.map((rule, index) => `${rule.effect.padEnd(5)}  ${ruleText(rule)}${nameText(rule, index)}`),
    `${otherwise.padEnd(5)}  everything else`,
  ]
}

function nameText({ name }: Rule, index: number): string {
  return `  (${name ?? `rules[${index}]`})`
}

function ruleText({
  methods = 'any',
  paths = 'any',
  hosts,
  query = {},
  headers = {},
  body = [],
  action,
  when,
  approvers,
}: Rule): string {
  const pairs = (of: Readonly<Record<string, string>>): string =>
    Object.entries(of)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
  return [
    methods === 'any' ? 'any method' : methods.join(','),
    ...(hosts === undefined ? [] : [`on ${hosts.join(', ')}`]),
    paths === 'any' ? 'any path' : paths.join(' '),
    ...(pairs(query) === '' ? [] : [`with parameters ${pairs(query)}`]),
    ...(pairs(headers) === '' ? [] : [`with fields ${pairs(headers)}`]),
    ...body.map((condition) => `where ${JSON.stringify(condition)}`),
    ...(action === undefined ? [] : [`where ${JSON.stringify(action)}`]),
    ...(when === undefined ? [] : [`when ${when}`]),
    ...(approvers === undefined ? [] : [`by ${approvers.join(', ')}`]),
  ].join(' ')
}
