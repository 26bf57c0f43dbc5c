import { readFileSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import { type Command, Option } from 'commander'
import { askUnseen } from './ask-at-terminal.ts'
import { fileFailure } from './file-failure.ts'

/** Longest value that is read, in bytes. */
const maxValueBytes = 65_536

/** How the value of a secret is given. */
export interface ValueOptions {
  readonly valueFile?: string
  readonly valueStdin?: boolean
}

/** Where a value may come from: streams of the terminal. */
export interface ValueStreams {
  readonly stdin: NodeJS.ReadStream
  readonly stderr: NodeJS.WriteStream
}

/** Adds the options by which a value is given, and refuses the one that people try first. */
export function addValueOptions(command: Command, what: string): Command {
  return command
    .option('--value-file <file>', `read ${what} from a file; one line break at its end is dropped`)
    .addOption(
      new Option('--value-stdin', `read ${what} from standard input; one line break at its end is dropped`).conflicts(
        'valueFile',
      ),
    )
    .addOption(new Option('--value [text]').hideHelp().argParser(refuseArgument))
}

/**
 * The value of a secret: from the file, from standard input, or typed at the terminal.
 * @throws CoatcheckError `request_invalid`
 */
export async function readValue(options: ValueOptions, streams: ValueStreams, question: string): Promise<string> {
  if (options.valueFile !== undefined) return textOf(readFile(options.valueFile))
  if (options.valueStdin || !streams.stdin.isTTY) return textOf(await readAll(streams.stdin))
  const typed = await askUnseen(question, streams)
  if (typed === undefined) throw noValue()
  return typed
}

/** Whether the options, or a pipe, give a value without asking a person. */
export function hasValue({ valueFile, valueStdin }: ValueOptions): boolean {
  return valueFile !== undefined || valueStdin === true
}

// SECURITY: arguments are seen by every process of the machine and kept in shell histories.
function refuseArgument(): never {
  throw invalid(
    'a secret is never an argument; use the prompt, --value-stdin or --value-file, and replace the one that was just shown',
  )
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileFailure('the file of the value cannot be read', error)
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > maxValueBytes) break
    chunks.push(bytes)
  }
  if (length > maxValueBytes) throw tooLong()
  return Buffer.concat(chunks)
}

function textOf(bytes: Buffer): string {
  if (bytes.length > maxValueBytes) throw tooLong()
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '')
    if (text !== '') return text
  } catch {
    // The decoder's message says no more than this one.
    throw invalid('the value is not UTF-8: a secret is text that fits in a header or a URL')
  } finally {
    bytes.fill(0)
  }
  throw noValue()
}

function noValue(): CoatcheckError {
  return invalid('no value was given: type it at the prompt, pipe it in, or name its file with --value-file')
}

function tooLong(): CoatcheckError {
  return invalid(`the value is longer than ${maxValueBytes} bytes: give the key alone, and not a file that holds it`)
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}
