import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProblemKind, problems } from '@coatcheck/contract'

const docs = join(import.meta.dirname, '..', 'docs', 'reference')

/** The reference page of problem codes, from the table in `packages/contract/src/problems`. */
function problemsPage(): string {
  const rows = Object.entries<ProblemKind>(problems).map(
    ([code, { status, title, remedy, proxyError = '' }]) =>
      `| \`${code}\` | ${status} | ${title} | ${remedy} | ${proxyError} |`,
  )
  return `# Problem codes

Every failure that Coatcheck reports has one of these codes. The management API sends them as
\`application/problem+json\` (RFC 9457) in \`code\`; the way out of a sandbox sends the same body, with a \`Proxy-Status\`
field (RFC 9209) whose error type is in the last column, so that nobody takes our refusal for the service's. The CLI
prints title and remedy. Codes are never renamed.

This page is written by \`node --conditions=source tools/write-reference.ts\`.

| code | status | what happened | what to do | \`Proxy-Status\` error |
|---|---|---|---|---|
${rows.join('\n')}
`
}

writeFileSync(join(docs, 'problems.md'), problemsPage())
// Another project, so that its type is said here.
const { cliPage } = (await import(join(import.meta.dirname, '../packages/cli/src/reference-page.suite.ts'))) as {
  cliPage(): string
}
writeFileSync(join(docs, 'cli.md'), cliPage())
const { providersPage } = (await import(
  join(import.meta.dirname, '../packages/catalog/src/reference-page.suite.ts')
)) as {
  providersPage(): string
}
writeFileSync(join(docs, 'providers.md'), providersPage())
