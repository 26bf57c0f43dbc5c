import { signingKeyId } from '../../foundation/signing-placeholder.ts'
import { defineInjector, type ListOption } from '../define-injector.ts'
import { takesPathsLiterally } from '../signing/canonical-request.ts'
import { judgeSignature } from '../signing/judge-signature.ts'
import { signAnew } from '../signing/sign-anew.ts'
import { blankClaim, claimedKey } from '../signing/signature-claim.ts'
import { parseSigningKeys } from '../signing/signing-keys.ts'

/** What may be signed for. */
export const sigv4Options = {
  services: {
    type: 'list',
    required: false,
    allowed: 'names of services as signatures have them: letters, digits and `-`',
    accepts: (text: string) => /^[A-Za-z0-9-]{1,64}$/.test(text),
  },
  regions: {
    type: 'list',
    required: false,
    allowed: 'names of regions as signatures have them: small letters, digits and `-`',
    accepts: (text: string) => /^[a-z0-9-]{1,64}$/.test(text),
  },
} as const satisfies Readonly<Record<string, ListOption>>

/**
 * Signature Version 4 of AWS and services like it: the client signs with the placeholder, and the broker signs anew with the
 * secret, for the region and service of the client’s own signature. The secret itself never travels.
 */
export const sigv4 = defineInjector({
  kind: 'sigv4',
  surfaces: ['header', 'query'],
  options: sigv4Options,
  prepare: ({ services, regions }) => ({
    places: {
      fields: ['authorization'],
      parameters: ['xamzcredential', 'xamzsignature', 'xamzsecuritytoken', 'awsaccesskeyid'],
      path: null,
    },
    carries: (head, placeholder) => claimedKey(head)?.keyId === signingKeyId(placeholder),
    apply: (head, _placeholder, secret, body) => signAnew(head, parseSigningKeys(secret), body),
    blank(head, placeholder) {
      if (claimedKey(head)?.keyId === signingKeyId(placeholder)) blankClaim(head)
    },
    attach: null,
    takesLiteralPaths: services?.every(takesPathsLiterally) === true,
    signing: {
      verify: (head, placeholder, now, body) => judgeSignature(head, placeholder, { services, regions }, now, body),
    },
    confidentialParts,
    check: (secret) => void parseSigningKeys(secret),
  }),
})

/** The key identifier is public, and how the parts are written down is nobody's key. */
function confidentialParts(secret: Uint8Array): readonly Uint8Array[] {
  const { secretAccessKey, sessionToken } = parseSigningKeys(secret)
  return [secretAccessKey, ...(sessionToken === null ? [] : [sessionToken])].map((text) => Buffer.from(text))
}
