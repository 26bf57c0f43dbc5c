// Bounded, so that a text that is no address costs no more than its length; what stands before a longer scheme stays.
const address = /([a-z][a-z0-9+.-]{0,31}:\/\/)([^\s"'<>]*)/gi
const knownToken =
  /npm_[A-Za-z0-9]{20}|gh[pousr]_[A-Za-z0-9]{20}|github_pat_|gl(?:pat|dt|rt|cbt)-|sk-[A-Za-z0-9_-]{16}|[sr]k_(?:live|test)_|xox[a-z]-|AKIA[0-9A-Z]{12}|AIza[\w-]{30}|ya29\.|eyJ[\w-]{10,}\.[\w-]{10,}|pypi-[\w-]{20}|hf_[A-Za-z0-9]{20}|dop_v1_|-----BEGIN/

/** Whether a text holds something in the shape of a well-known key. */
export function holdsKnownToken(text: string): boolean {
  return knownToken.test(text)
}

/** Whether a text holds a private key in one of the usual armours. */
export function holdsPrivateKey(text: string): boolean {
  return /PRIVATE KEY|AGE-SECRET-KEY|PuTTY-User-Key/i.test(text)
}

/**
 * A text whose addresses have lost user, password and query; nothing when one of them cannot be read for certain.
 * `ssh://git@` stays: the user part of such an address is no credential.
 */
export function stripUserinfo(text: string): string | undefined {
  let certain = true
  const stripped = text.replace(address, (_, scheme: string, rest: string) => {
    const path = rest.indexOf('/')
    const authority = path < 0 ? rest : rest.slice(0, path)
    const host = authority.slice(authority.lastIndexOf('@') + 1)
    // A slash in the password ends the authority early; what is left then has no port after its colon.
    if (!/^(?:[^:\s]*|\[[0-9a-f:.]+\])(?::\d*)?$/i.test(host)) certain = false
    const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
    const harmless = scheme.toLowerCase().startsWith('ssh') && /^[\w.-]+$/.test(user)
    const tail = path < 0 ? '' : rest.slice(path).replace(/\?.*$/, '')
    return `${scheme}${harmless ? `${user}@` : ''}${host.replace(/\?.*$/, '')}${tail}`
  })
  return certain ? stripped : undefined
}

/** Whether a text holds an address with a user part that could be a credential, or one that cannot be read for certain. */
export function holdsUserinfo(text: string): boolean {
  return /[a-z][a-z0-9+.-]{0,31}:\/\/[^\s/]*@/i.test(text.replaceAll(/ssh:\/\/[\w.-]+@/gi, ''))
}
