import { X509Certificate } from 'node:crypto'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'

const block = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

const hint = 'Give certificates as PEM, and nothing else.'

/**
 * The certificates of a PEM text, without anything that stands around them. SECURITY: roots are kept in clear text and
 * shown with the scope, so a private key or another value among them is refused, and nothing of it repeated.
 * @throws CoatcheckError `scope_invalid`, or the code that is given
 */
export function readRoots(pem: string, code: ProblemCode = 'scope_invalid'): string {
  const refuse = (reason: string) => new CoatcheckError(code, { reason, hint })
  const blocks = pem.match(block) ?? []
  if (blocks.length === 0) throw refuse('the roots hold no certificate')
  if (pem.includes('PRIVATE KEY')) throw refuse('the roots hold a private key')
  return blocks
    .map((text) => {
      try {
        return new X509Certificate(text).toString()
      } catch {
        // OpenSSL's message says no more than this one.
        throw refuse('one of the roots is no certificate')
      }
    })
    .join('')
}
