import { type ProblemCode, problems } from '@coatcheck/contract'

/** What the command ends with, beside the code of the program that `run` started. */
export const exitCodes = {
  ok: { code: 0, meaning: 'It worked.' },
  failure: { code: 1, meaning: 'Something failed; for `audit verify`, the journal is not intact.' },
  usage: { code: 2, meaning: 'The command line, or a value given to it, is not valid.' },
  notFound: { code: 3, meaning: 'There is no such secret, provider, profile, sandbox, virtual key or approval.' },
  refused: { code: 4, meaning: 'It is not allowed, or it exists already.' },
  unreachable: { code: 5, meaning: 'The broker does not answer, or went away.' },
  locked: { code: 6, meaning: 'The vault is locked, or its database was put back and waits for confirmation.' },
  cannotFence: { code: 7, meaning: 'This host cannot start a fenced sandbox.' },
} as const

/** Problems whose exit code does not follow from their HTTP status. */
const byCode: Partial<Record<ProblemCode, number>> = {
  broker_unreachable: exitCodes.unreachable.code,
  launch_impossible: exitCodes.cannotFence.code,
  mount_forbidden: exitCodes.refused.code,
  passphrase_required: exitCodes.locked.code,
  state_rolled_back: exitCodes.locked.code,
  tls_required: exitCodes.usage.code,
  vault_locked: exitCodes.locked.code,
}

const byStatus: Readonly<Record<number, number>> = {
  400: exitCodes.usage.code,
  401: exitCodes.refused.code,
  403: exitCodes.refused.code,
  404: exitCodes.notFound.code,
  409: exitCodes.refused.code,
  412: exitCodes.refused.code,
  413: exitCodes.usage.code,
  422: exitCodes.usage.code,
}

/** The exit code for a problem. */
export function exitCodeFor(code: ProblemCode): number {
  return byCode[code] ?? byStatus[problems[code].status] ?? exitCodes.failure.code
}
