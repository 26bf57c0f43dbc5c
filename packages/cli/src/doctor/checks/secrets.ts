import { type CheckedSecret, problems } from '@coatcheck/contract'
import { type Finding, finding } from '../finding.ts'

/** Whether every stored secret can be decrypted, and which ones should have another value by now. */
export function checkSecrets(secrets: readonly CheckedSecret[], now: Date): readonly Finding[] {
  const broken = secrets.filter(({ problem }) => problem !== null)
  const due = secrets.filter(({ rotationDue }) => rotationDue !== null && new Date(rotationDue) <= now)
  const readable = secrets.length - broken.length
  return [
    ...(broken.length > 0 ? [] : [finding('secrets', 'ok', `${readable} of ${secrets.length} secrets can be used`)]),
    ...broken.map(({ name, problem }) => {
      const { title, remedy } = problems[problem!]
      return finding('secrets', 'failed', `the secret ${name} cannot be used: ${title}`, remedy)
    }),
    ...due.map(({ name, rotationDue }) => {
      const says = `the secret ${name} was due for rotation on ${rotationDue!.slice(0, 10)}`
      return finding('rotation', 'warning', says, `Run \`coatcheck secret rotate ${name}\`.`)
    }),
  ]
}
