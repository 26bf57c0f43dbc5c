/** The end of a command's help: how it is called, for a command line that stands after `coatcheck` each. */
export function exampleLines(...commandLines: readonly string[]): string {
  const title = commandLines.length === 1 ? 'Example:' : 'Examples:'
  return ['', title, ...commandLines.map((line) => `  $ coatcheck ${line}`)].join('\n')
}
