import { CoatcheckError, type Problem, problemBody, problems } from '@coatcheck/contract'
import { BrokerProblem } from '@coatcheck/sdk'
import { CommanderError } from 'commander'
import { exitCodeFor, exitCodes } from './exit-codes.ts'
import { printable, printableJson } from './printable.ts'

/** What commander throws after it has shown help or the version. */
const shown = ['commander.helpDisplayed', 'commander.help', 'commander.version']

/** Says on one line what failed, why, and what to do, and gives the exit code for it. */
export function reportFailure(error: unknown, json: boolean, stderr: NodeJS.WritableStream): number {
  if (error instanceof CommanderError) return reportUsage(error, json, stderr)
  const problem = problemOf(error)
  const line = json ? printableJson(problem) : `coatcheck: ${printable(sentence(error, problem))}`
  stderr.write(`${line}\n`)
  return exitCodeFor(problem.code)
}

/** What failed, why, and what to do. */
function sentence(error: unknown, { detail, remedy, instance }: Problem): string {
  const id = instance === undefined ? '' : ` [${instance}]`
  const { reason, missing, didYouMean } = error instanceof CoatcheckError ? error.facts : {}
  if (typeof didYouMean === 'string')
    return `${problems[(error as CoatcheckError).code].title}. Did you mean ${didYouMean}?`
  if (typeof missing === 'string') return `${problems.launch_impossible.title}. ${missing}`
  const isOurs = error instanceof CoatcheckError && error.code === 'request_invalid'
  // A name of a field or an option at the beginning stays as it is written.
  if (isOurs && typeof reason === 'string')
    return `${reason.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase())}.`
  const said = withoutStop(detail) + id
  // A failure that knows better than the table what to do ends with that already; and a person reads no field `detail`.
  const advice = detail.endsWith(remedy) ? '' : ` ${remedy.replaceAll(/`(?:detail|reason)`/g, 'this message')}`
  return `${said}.${advice}`
}

function withoutStop(text: string): string {
  return text.endsWith('.') ? text.slice(0, -1) : text
}

function problemOf(error: unknown): Problem {
  if (error instanceof BrokerProblem) return error.problem
  if (error instanceof CoatcheckError) return problemBody(error.code, error.facts)
  // SECURITY: the message of an unexpected error may quote a value; its name and place do not.
  const place = error instanceof Error ? /\(?([^\s(]+:\d+):\d+\)?$/m.exec(error.stack ?? '')?.[1] : undefined
  const name = error instanceof Error ? error.name : typeof error
  return problemBody('internal', { error: name, ...(place === undefined ? {} : { at: place }) })
}

function reportUsage(error: CommanderError, json: boolean, stderr: NodeJS.WritableStream): number {
  if (shown.includes(error.code) && error.exitCode === exitCodes.ok.code) return exitCodes.ok.code
  // For a person, the help that commander has shown says which command is missing.
  if (error.code === 'commander.help' && !json) return exitCodes.usage.code
  const reason = error.code === 'commander.help' ? 'a command is missing.' : usageReason(error)
  const text = `coatcheck: ${printable(reason)} Add --help to see how it is written.`
  stderr.write(`${json ? printableJson(problemBody('request_invalid', { reason })) : text}\n`)
  return exitCodes.usage.code
}

/** SECURITY: repeats names of options and commands, never what was given as a value: it may be a secret in the wrong place. */
function usageReason({ code, message }: CommanderError): string {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n')
  const said = code === 'commander.excessArguments' ? first.replace(/ but got (\d+).*$/, ' but got $1') : first
  const masked = said.replaceAll(/'([^']*)'/g, (quoted, text: string) => (isName(text) ? quoted : '‘…’'))
  const [, hint] = /^\((Did you mean [\w ,-]+\?)\)$/.exec(second) ?? []
  return hint === undefined ? `${masked.replace(/\.$/, '')}.` : `${masked}. ${hint}`
}

/** Whether a quoted text is a name of ours: an option as it is declared, or a short plain word. */
function isName(text: string): boolean {
  return /^(-\w, )?--[a-z][a-z-]{1,20}( [<[][\w.:=-]+[\]>])?$|^-\w$|^[a-z][a-z-]{1,20}$/.test(text)
}
