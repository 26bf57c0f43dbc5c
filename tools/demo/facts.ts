import type { ProblemCode } from '@coatcheck/contract'
import { findCanary, findCanaryInFolder } from '../../test/fixtures/canary.ts'
import type { RecordedRequest } from '../../test/fixtures/verifying-server.ts'
import type { Act, Evidence, Step } from './play.ts'
import type { Scene } from './scene.ts'

/** One thing that the demo claims, and whether it held. */
export interface Fact {
  /** Stable name, e.g. `attack.wrong-host`. */
  readonly id: string
  readonly chapter: 'work' | 'attack' | 'record'
  readonly claim: string
  readonly holds: boolean
  /** What was seen, in a few words. */
  readonly seen: string
}

const authorizationsOf = ({ rawHeaders }: RecordedRequest): readonly string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization')

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 160)
}

function describe(step: Step | undefined): string {
  if (step === undefined) return 'the step did not run'
  if (step.code) return `${step.status} ${step.code}`
  if (step.status) return `status ${step.status}`
  return oneLine(step.output ?? '') || `exit ${step.exit}`
}

/** A step of the agent's work that must succeed and say something. */
function worked({ steps }: Act, name: string, claim: string, says: RegExp): Fact {
  const step = steps.get(name)
  const holds = step?.exit === 0 && says.test(step.output ?? '')
  return { id: `work.${name.replaceAll(' ', '-')}`, chapter: 'work', claim, holds, seen: describe(step) }
}

/** An attempt that the broker must answer with a problem of the given code. */
function refused({ steps }: Act, name: string, claim: string, ...codes: readonly ProblemCode[]): Fact {
  const step = steps.get(name)
  const holds = codes.some((code) => code === step?.code)
  return { id: `attack.${name.replaceAll(' ', '-')}`, chapter: 'attack', claim, holds, seen: describe(step) }
}

/** An attempt that must get no answer at all. */
function silent({ steps }: Act, name: string, claim: string): Fact {
  const step = steps.get(name)
  const holds = step !== undefined && step.answered !== true && !step.status && step.exit !== 0
  return { id: `attack.${name.replaceAll(' ', '-')}`, chapter: 'attack', claim, holds, seen: describe(step) }
}

function factsOfWork({ secrets, origin, git }: Scene, { work, loot }: Evidence): readonly Fact[] {
  const variables = work.steps.get('environment')?.variables ?? {}
  const placeholders = secrets.map(({ env }) => variables[env] ?? '')
  const requests = [...origin.requests, ...git.requests]
  const presented = requests.flatMap(authorizationsOf)
  const withCredential = requests.filter((request) => authorizationsOf(request).length > 0)
  const leaked = secrets.filter(({ key }) => findCanary(loot, key).length > 0).map(({ name }) => name)
  const isWorthless = (placeholder: string, index: number) =>
    placeholder.length >= 16 && findCanary(placeholder, secrets[index]!.key).length === 0
  return [
    {
      id: 'work.environment',
      chapter: 'work',
      claim: 'the agent finds a placeholder in every variable',
      holds: placeholders.every(isWorthless) && new Set(placeholders).size === secrets.length,
      seen: `${secrets.at(-1)?.env}=${placeholders.at(-1)?.slice(0, 16)}…`,
    },
    worked(work, 'curl', 'curl gets its answer', /"ok":true/),
    worked(work, 'python', 'Python’s urllib gets its answer', /"ok":true/),
    worked(work, 'node', 'the openai and stripe clients stream an answer and take a payment', /succeeded/),
    worked(work, 'git clone', 'git clones a private repository', /^$/),
    worked(work, 'git push', 'git pushes to it', /^$/),
    {
      id: 'work.git-pushed',
      chapter: 'work',
      claim: 'the commit from the sandbox is in the repository',
      holds: git.subjects('main')[0] === 'Written in the sandbox',
      seen: git.subjects('main').join(' ← '),
    },
    {
      id: 'work.real-key',
      chapter: 'work',
      claim: 'the services saw the real key, and no credential but that',
      holds: withCredential.length > 0 && withCredential.every(({ accepted }) => accepted),
      seen: `${withCredential.length} requests with a credential, all accepted: ${withCredential.every(({ accepted }) => accepted)}`,
    },
    {
      id: 'work.no-placeholder-out',
      chapter: 'work',
      claim: 'no placeholder reached a service',
      holds: presented.length > 0 && !presented.some((field) => placeholders.some((text) => carries(field, text))),
      seen: `${requests.length} requests looked at`,
    },
    {
      id: 'attack.loot',
      chapter: 'attack',
      claim: 'all that can be read inside (processes, environments, files) holds no key, in no encoding',
      holds: loot.length > 10_000 && leaked.length === 0,
      seen: `${(loot.length / 1e6).toFixed(1)} MB carried off, keys in it: ${leaked.join(', ') || 'none'}`,
    },
  ]
}

function carries(field: string, placeholder: string): boolean {
  const decoded = Buffer.from(field.split(' ')[1] ?? '', 'base64').toString()
  return placeholder !== '' && (field.includes(placeholder) || decoded.includes(placeholder))
}

function factsOfAttack({ attack }: Evidence): readonly Fact[] {
  return [
    refused(attack, 'wrong host', 'a placeholder at another service is blocked', 'placeholder_wrong_destination'),
    refused(attack, 'query', 'a placeholder in the query is blocked', 'placeholder_undeclared_place'),
    refused(attack, 'body', 'a placeholder in the body is blocked', 'placeholder_undeclared_place'),
    refused(attack, 'other header', 'a placeholder in another header is blocked', 'placeholder_undeclared_place'),
    refused(attack, 'foreign credential', 'a key of the attacker’s own is refused', 'foreign_credential'),
    silent(attack, 'unlisted host', 'a host that was not allowed has no address'),
    silent(attack, 'address literal', 'a direct connection to an address gets no answer'),
    refused(
      attack,
      'metadata service',
      'the cloud’s metadata service is out of reach',
      'destination_denied',
      'destination_mismatch',
    ),
    refused(attack, 'other address', 'the right name at another address is refused', 'destination_mismatch'),
    refused(attack, 'other name', 'the right name at another service’s address is refused', 'destination_mismatch'),
    silent(attack, 'other port', 'a port that was not allowed does not answer'),
    silent(attack, 'management API', 'the broker’s management API is out of reach'),
    silent(attack, 'other resolver', 'DNS to another resolver gets no answer'),
    silent(attack, 'name as message', 'a name that carries a message is not looked up'),
    silent(attack, 'QUIC', 'UDP gets no answer'),
  ]
}

function factsOfRecord(
  { secrets, home }: Scene,
  { logs, logText, verification, work, attack }: Evidence,
): readonly Fact[] {
  const codes = new Set(logs.map(({ event }) => event.code))
  const wanted: readonly ProblemCode[] = [
    'placeholder_wrong_destination',
    'placeholder_undeclared_place',
    'foreign_credential',
    'destination_mismatch',
    'destination_denied',
  ]
  const missing = wanted.filter((code) => !codes.has(code))
  const allowed = logs.filter(({ kind, decision }) => kind === 'exchange' && decision === 'allowed')
  const traces = secrets.flatMap(({ key }) => [
    ...findCanary(`${logText}${work.stderr}${attack.stderr}`, key),
    ...findCanaryInFolder(home, key),
  ])
  return [
    {
      id: 'record.refusals',
      chapter: 'record',
      claim: 'the journal names every kind of attempt',
      holds: missing.length === 0,
      seen: missing.length === 0 ? `${logs.length} entries` : `not in the journal: ${missing.join(', ')}`,
    },
    {
      id: 'record.work',
      chapter: 'record',
      claim: 'it has every request that went out, with the secret’s name and version',
      holds:
        allowed.length > 0 &&
        secrets.every(({ name }) => allowed.some((row) => row.event.secrets?.includes(`${name}@1`))),
      seen: `${allowed.length} requests let through`,
    },
    {
      id: 'record.verify',
      chapter: 'record',
      claim: 'its chain verifies',
      holds: verification.ok && verification.records > 0,
      seen: `${verification.records} records, ${verification.faults.length} faults`,
    },
    {
      id: 'record.at-rest',
      chapter: 'record',
      claim: 'no key lies in the database, the journal, the logs or the output, in no encoding',
      holds: traces.length === 0,
      seen: traces.length === 0 ? 'nothing found' : traces.join('; '),
    },
  ]
}

/** Judges the evidence: everything that the demo claims, in the order of the story. */
export function judge(scene: Scene, evidence: Evidence): readonly Fact[] {
  return [...factsOfWork(scene, evidence), ...factsOfAttack(evidence), ...factsOfRecord(scene, evidence)]
}
