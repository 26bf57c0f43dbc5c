import { git } from './cases/git.ts'
import { node } from './cases/node.ts'
import { otherClients } from './cases/other-clients.ts'
import { python } from './cases/python.ts'
import { sdkClients } from './cases/sdks.ts'
import { transferTools } from './cases/transfer-tools.ts'
import type { ClientCase } from './client-case.ts'

/** Every client, whichever way its requests take. */
export const allCases: readonly ClientCase[] = [
  ...transferTools,
  ...git,
  ...python,
  ...node,
  ...sdkClients,
  ...otherClients,
]

const sampleNames = [
  ...[
    'curl with a bearer field',
    'curl with an upload from a pipe, in chunks',
    'wget --user --password, after a challenge',
  ],
  ...['git with a credential helper', 'Python requests: a session, an upload in chunks, a pair'],
  ...['pip install from a private index', 'npm install, with the variable in .npmrc', '@google/genai'],
  `fetch of Node ${process.versions.node}`,
  `openai under Node ${process.versions.node}: events arrive while the service is still writing`,
]

/** One client for each program and each way of giving a credential, where another caller tries them all. */
export const sampleCases: readonly ClientCase[] = sampleNames.map((name) => {
  const found = allCases.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no client is called ${name}`)
  return found
})
