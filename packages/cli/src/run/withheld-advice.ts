import { providerForVariable } from '@coatcheck/catalog'

const maxNames = 3
const credentialName = /(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PAT)(?:_|$)/

/**
 * What a command that failed may have missed: variables that look like credentials and stayed outside, each with the
 * options that would give it the use of one.
 */
export function withheldAdvice(exitCode: number, withheld: readonly string[]): readonly string[] {
  if (exitCode === 0) return []
  const known = withheld.filter((name) => providerForVariable(name) !== undefined)
  const alike = withheld.filter(
    (name) => !known.includes(name) && credentialName.test(name) && !/^COATCHECK_/.test(name),
  )
  return [...known, ...alike].slice(0, maxNames).map((name) => {
    const provider = providerForVariable(name)?.id
    const place = provider === undefined ? '--to https://HOST --inject bearer' : `--provider ${provider}`
    return `${name} stayed outside; if the command needs it: coatcheck secret create NAME ${place}, then --secret ${name}=NAME (--pass ${name} would show it the real value)`
  })
}
