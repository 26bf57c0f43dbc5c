import { CoatcheckError, type Problem, problemBody } from '@coatcheck/contract'
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
  const { detail, remedy, instance } = problem
  const id = instance === undefined ? '' : ` [${instance}]`
  stderr.write(json ? `${printableJson(problem)}\n` : `coatcheck: ${printable(`${detail}${id}. ${remedy}`)}\n`)
  return exitCodeFor(problem.code)
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
  if (shown.includes(error.code)) return error.code === 'commander.help' ? exitCodes.usage.code : exitCodes.ok.code
  const reason = usageReason(error)
  const text = `coatcheck: ${reason}. Add --help to see how it is written.\n`
  stderr.write(
    json ? `${printableJson(problemBody('request_invalid', { reason }))}\n` : printable(text.trim()).concat('\n'),
  )
  return exitCodes.usage.code
}

/** SECURITY: repeats names of options and commands, never what was given as a value: it may be a secret in the wrong place. */
function usageReason({ code, message }: CommanderError): string {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n')
  const said = code === 'commander.excessArguments' ? first.replace(/ but got (\d+).*$/, ' but got $1') : first
  const masked = said.replaceAll(/'([^']*)'/g, (quoted, text: string) => (isName(text) ? quoted : '‘…’'))
  const [, hint] = /^\((Did you mean [\w ,-]+\?)\)$/.exec(second) ?? []
  return hint === undefined ? masked.replace(/\.$/, '') : `${masked}; ${hint}`
}

/** Whether a quoted text is a name of ours: an option as it is declared, or a short plain word. */
function isName(text: string): boolean {
  return /^(-\w, )?--[a-z][a-z-]{1,20}( [<[][\w.]+[\]>])?$|^-\w$|^[a-z][a-z-]{1,20}$/.test(text)
}
