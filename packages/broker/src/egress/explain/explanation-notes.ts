import type { ExplainedNetwork, ExplainedVerdict, ExplainRequest } from '@coatcheck/contract'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { RoutedScope, Routes } from '../routes.ts'
import { type Question, unknownVariables } from './read-question.ts'

/** What notes are made from. */
export interface Noted {
  readonly request: ExplainRequest
  readonly sandbox: Sandbox
  readonly routes: Routes
  readonly question: Question | undefined
  readonly network: ExplainedNetwork | null
  readonly verdict: ExplainedVerdict
  readonly placeholders: ReadonlyMap<string, string>
  /** What stands in the body decides too. */
  readonly awaitsBody: boolean
  /** The broker answers it in the stead of a service. */
  readonly isForService: boolean
}

/** What else a person should know about a request. */
export function explanationNotes({
  request,
  sandbox,
  routes,
  question,
  network,
  verdict,
  placeholders,
  awaitsBody,
  isForService,
}: Noted): readonly string[] {
  const notes = unknownVariables(request, placeholders).map((name) => `No grant of this sandbox is in $${name}.`)
  if (verdict.outcome === 'tunnelled') {
    notes.push('The broker does not look into a tunnel; a request in clear text or by a base URL is read and judged.')
  }
  if (isForService) {
    notes.push(
      'The broker answers here in the stead of the service, with placeholders: of rules, only those that somebody wrote to deny are asked, and no cap counts it.',
    )
  }
  if (awaitsBody) notes.push('What stands in the body of the request decides too, and is not known here.')
  if (verdict.outcome === 'forwarded') {
    notes.push('No placeholder stands in the request, so it goes out without a secret.')
  }
  for (const { grant, scopes } of question === undefined ? [] : routes.grants) {
    const covers = ({ pattern }: RoutedScope): boolean => pattern.matches(question!.destination, question!.head.path)
    if (scopes.some((scope) => scope.injection.signing !== undefined && covers(scope))) {
      notes.push(
        `The client signs with $${grant.env}: whether a signature holds, and with it such a request, is not tried here.`,
      )
    }
  }
  const isHidden =
    question !== undefined && network?.effect === 'deny' && !routes.policy.knowsName(question.destination.host)
  if (isHidden && sandbox.fence === 'kernel') {
    notes.push('Inside the sandbox the name has no address: clients say that they cannot resolve it.')
  }
  return notes
}
