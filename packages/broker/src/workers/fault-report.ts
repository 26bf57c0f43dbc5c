import type { FaultReport } from './messages.ts'

/** What a log or another thread is told of an unexpected error. SECURITY: its name, code and stack, never its message. */
export function describeFault(instance: string, error: unknown): FaultReport {
  const isError = error instanceof Error
  const lines = isError ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : []
  return {
    instance,
    name: isError ? error.name : typeof error,
    code: isError && 'code' in error ? String(error.code) : null,
    stack: lines,
  }
}

/** An error that stands for the one that was told of. */
export function errorFrom({ name, code, stack }: FaultReport): Error {
  const error = Object.assign(new Error('in a worker'), code === null ? {} : { code })
  error.name = name
  error.stack = [name, ...stack].join('\n')
  return error
}
