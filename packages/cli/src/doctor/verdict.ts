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
  const proofs = ['bypass', 'files', 'environment', 'names'].map(of)
  // Where no sandbox could be started, nothing was tried.
  const wasTried = proofs.every((proof) => proof !== undefined)
  const broken = wasTried ? proofs.find((proof) => proof?.status === 'failed') : undefined
  if (broken !== undefined) return { verdict: 'unsafe', says: `The sandbox can bypass the broker: ${broken.says}.` }
  if (proofs.every((proof) => proof?.status === 'ok')) {
    return {
      verdict: 'fenced',
      says: 'The sandbox cannot bypass the broker: it was tried from inside, and nothing got out.',
    }
  }
  const fence = of('fence')
  const why =
    fence?.status === 'failed' ? [fence.says, fence.remedy].filter(Boolean).join('. ') : reasonOf(of('bypass'))
  return { verdict: 'advisory', says: `Advisory only: a program can bypass the broker here, because ${why}` }
}

function reasonOf(bypass: Finding | undefined): string {
  return `${bypass?.says ?? 'no sandbox could be started to try it'}.`
}
