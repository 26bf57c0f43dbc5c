import { confirm, isCancel, password } from '@clack/prompts'
import { CoatcheckError } from '@coatcheck/contract'
import type { Surroundings } from './session.ts'

type Terminal = Pick<Surroundings, 'stdin' | 'stderr'>

/** What a person types, unseen; undefined when that is nothing, or when the person goes away. */
export async function askUnseen(message: string, terminal: Terminal): Promise<string | undefined> {
  const typed = await untilGone(terminal, (signal) =>
    password({ message, signal, input: terminal.stdin, output: terminal.stderr }),
  )
  return isCancel(typed) || typed === '' ? undefined : typed
}

/** Returns when a person says yes. @throws CoatcheckError `request_invalid` */
export async function demandConsent(message: string, terminal: Terminal): Promise<void> {
  const answer = await untilGone(terminal, (signal) =>
    confirm({ message, signal, initialValue: false, input: terminal.stdin, output: terminal.stderr }),
  )
  if (isCancel(answer) || !answer)
    throw new CoatcheckError('request_invalid', { reason: 'not confirmed; nothing was changed' })
}

/** The prompts know Ctrl-C; at the end of the input, Ctrl-D at a keyboard, they would wait for ever. */
async function untilGone<Answer>({ stdin }: Terminal, ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const gone = new AbortController()
  const leave = (): void => gone.abort()
  const leaveOnKey = (_text: string | undefined, key: { readonly ctrl?: boolean; readonly name?: string }): void => {
    if (key.ctrl === true && key.name === 'd') leave()
  }
  stdin.once('end', leave)
  stdin.on('keypress', leaveOnKey)
  try {
    return await ask(gone.signal)
  } finally {
    stdin.off('end', leave)
    stdin.off('keypress', leaveOnKey)
  }
}
