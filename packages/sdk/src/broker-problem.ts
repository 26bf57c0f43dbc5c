import { CoatcheckError, type Problem, type ProblemCode, problems } from '@coatcheck/contract'

/** A failure that the broker reported, with the body that it sent. */
export class BrokerProblem extends CoatcheckError {
  /** RFC 9457 body of the reply. */
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.code)
    this.message = problem.detail
    this.problem = problem
  }
}

/** The failure that a reply with an error status stands for, whatever its body turns out to be. */
export function problemFromReply(status: number, text: string): CoatcheckError {
  const body = parseObject(text)
  const { code, detail } = body
  if (!isKnownCode(code) || typeof detail !== 'string') return new CoatcheckError('internal', { status })
  const { title, remedy } = problems[code]
  return new BrokerProblem({ type: '', title, remedy, ...body, status, code, detail })
}

function parseObject(text: string): Partial<Problem> {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    // Not from a broker, or cut short; the status alone says that it failed.
    return {}
  }
}

function isKnownCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(problems, code)
}
