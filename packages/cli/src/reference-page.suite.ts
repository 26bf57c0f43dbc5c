import type { Command } from 'commander'
import { silentSession } from './captured-command-line.suite.ts'
import { createProgram } from './program.ts'

const width = 110

const introduction = `# The command line

Every command with its arguments, options and examples, as \`--help\` shows them. The options of \`coatcheck\` itself may stand
before or behind the command. With \`--json\`, results are JSON on standard output and failures are one problem in JSON
([problems.md](problems.md)) on standard error. What it ends with stands in [exit-codes.md](exit-codes.md).

A value is never an argument. It is typed at the prompt, piped in, or read from a file; one line break at its end is dropped,
and nothing else of it is changed. A value is text of at most 64 KiB; injectors refuse line breaks and control characters.

These variables stand for options that were not given: \`COATCHECK_HOME\` for \`--home\`, \`COATCHECK_BROKER\` for \`--broker\`,
\`COATCHECK_TOKEN_FILE\` for \`--token-file\`, \`COATCHECK_BROKER_CA\` for \`--broker-ca\`, \`COATCHECK_PROJECT\` for \`--project\`; \`COATCHECK_PASSPHRASE_FILE\` names the file
with the passphrase of the key, for every command that starts a broker.

This page is written by \`node --conditions=source tools/write-reference.ts\`.
`

/** The reference page of the command line, from the help of every command. */
export function cliPage(): string {
  const program = createProgram(silentSession())
  return [introduction, ...sections(program, 'coatcheck')].join('\n')
}

function sections(command: Command, name: string): readonly string[] {
  const children = command.createHelp().visibleCommands(command)
  const below = children.filter((child) => child.name() !== 'help')
  return [
    `## ${name}\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`,
    ...below.flatMap((child) => sections(child, `${name} ${child.name()}`)),
  ]
}

function helpOf(command: Command): string {
  let text = ''
  const writeOut = (chunk: string): void => {
    text += chunk
  }
  command.configureHelp({ helpWidth: width }).configureOutput({ writeOut, getOutHasColors: () => false })
  command.outputHelp()
  return text.trim()
}
