import type { Finding } from './finding.ts'

/** The sentence at the end, which a person can rely on. */
export interface Verdict {
  /** `fenced`: proven by trying. `advisory`: a sandbox here can go past the broker. `unsafe`: it did. */
  readonly verdict: 'fenced' | 'advisory' | 'unsafe'
  readonly says: string
}

/** What the findings come to. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const of = (check: string): Finding | undefined => findings.find((each) => each.check === check)
  const proofs = ['bypass', 'files', 'environment'].map(of)
  const broken = proofs.find((proof) => proof?.status === 'failed')
  if (broken !== undefined) return { verdict: 'unsafe', says: `The sandbox can bypass the broker: ${broken.says}.` }
  if (proofs.every((proof) => proof?.status === 'ok')) {
    return {
      verdict: 'fenced',
      says: 'The sandbox cannot bypass the broker: it was tried from inside, and nothing got out.',
    }
  }
  const why = of('fence')?.remedy ?? of('fence')?.says ?? 'no sandbox could be started'
  return { verdict: 'advisory', says: `Advisory only: a program can bypass the broker here. ${why}` }
}
