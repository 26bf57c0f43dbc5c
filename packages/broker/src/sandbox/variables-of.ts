import { isSigningPlaceholder, signingKeyId } from '../foundation/signing-placeholder.ts'

/** What the variables of one pair of keys end in. */
const keyIdEnding = '_ACCESS_KEY_ID'
const secretKeyEnding = '_SECRET_ACCESS_KEY'
const tokenEnding = '_SESSION_TOKEN'

/**
 * The variables that hold what stands for the secret of a grant: the one that it was asked for under, or, where clients sign, the
 * two that they read. `AWS`, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` all ask for the same two.
 */
export function variablesOf(env: string, placeholder: string): Readonly<Record<string, string>> {
  if (!isSigningPlaceholder(placeholder)) return { [env]: placeholder }
  const stem = stemOf(env) ?? env
  return { [stem + keyIdEnding]: signingKeyId(placeholder), [stem + secretKeyEnding]: placeholder }
}

/**
 * Values by variable, with the parts of a pair of keys put together under the variable of the identifier: they are one secret. A
 * session token goes with them.
 */
export function joinSigningKeys(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const joined = { ...values }
  for (const name of Object.keys(values).filter((each) => each.endsWith(keyIdEnding))) {
    const stem = stemOf(name)!
    const [accessKeyId, secretAccessKey] = [values[name], values[stem + secretKeyEnding]]
    if (secretAccessKey === undefined) continue
    const sessionToken = values[stem + tokenEnding]
    joined[name] = JSON.stringify({ accessKeyId, secretAccessKey, sessionToken })
    delete joined[stem + secretKeyEnding]
    delete joined[stem + tokenEnding]
  }
  return joined
}

function stemOf(env: string): string | undefined {
  const ending = [keyIdEnding, secretKeyEnding].find((each) => env.endsWith(each) && env.length > each.length)
  return ending === undefined ? undefined : env.slice(0, -ending.length)
}
