import { CoatcheckError } from '@coatcheck/contract'
import { demandConsent } from '../ask-at-terminal.ts'
import { printable } from '../printable.ts'
import type { Session } from '../session.ts'
import type { TrustableAuthority } from './read-authority.ts'

/** How a person confirms that it is the right authority. */
export interface Confirmation {
  readonly yes: boolean
  readonly fingerprint?: string
}

/**
 * Lets a person compare what is to be trusted, or compares it with the fingerprint that was given.
 * @throws CoatcheckError `request_invalid`
 */
export async function confirmAuthority(
  authority: TrustableAuthority,
  places: readonly string[],
  { yes, fingerprint }: Confirmation,
  { surroundings: { stdin, stderr } }: Session,
): Promise<void> {
  // SECURITY: without a look at the fingerprint, whoever stands between here and the broker chooses what is trusted.
  if (yes && fingerprint === undefined) {
    throw new CoatcheckError('request_invalid', { reason: '`--yes` needs `--fingerprint`, which sandbox create shows' })
  }
  if (fingerprint !== undefined && digits(fingerprint) !== digits(authority.fingerprint)) {
    throw new CoatcheckError('request_invalid', {
      reason: 'the authority has another fingerprint; nothing was changed',
    })
  }
  if (yes) return
  if (!stdin.isTTY) {
    const reason = 'compare the fingerprint with what sandbox create showed, and add `--yes --fingerprint …`'
    throw new CoatcheckError('request_invalid', { reason })
  }
  const message = printable(
    `Trust this authority for these names, and what lies below them, in ${places.join(' and ')}?`,
  )
  const shown = [message, ...authorityLines(authority)].join('\n')
  await demandConsent(shown, { stdin, stderr })
}

/** What a person compares. */
function authorityLines({ fingerprint, names, expiresAt }: Omit<TrustableAuthority, 'certificate'>): readonly string[] {
  return [`SHA-256 ${fingerprint}`, `until   ${expiresAt}`, ...names.map((name) => `name    ${name}`)]
}

function digits(fingerprint: string): string {
  return fingerprint
    .replace(/^.*[=\s]/s, '')
    .replaceAll(':', '')
    .toLowerCase()
}
