import { CoatcheckError } from '@coatcheck/contract'

/** Variables that say how to write, not who one is. */
const passedAlways = /^(PATH|TERM|COLORTERM|LANG|LC_[A-Z]+|TZ|USER)$/

/** Variables of the caller that a sandbox never gets, whatever is asked for: they are ours, or name ways around the fence. */
const passedNever =
  /^(COATCHECK_.*|LD_.*|DYLD_.*|SSH_AUTH_SOCK|SSH_AGENT_PID|DBUS_SESSION_BUS_ADDRESS|DOCKER_HOST|GPG_AGENT_INFO)$/

/** What the person asked the sandbox to get beside the placeholders. */
export interface EnvironmentWishes {
  /** Names of variables to hand on. */
  readonly pass: readonly string[]
  /** Variables with the values that were given. */
  readonly set: Readonly<Record<string, string>>
  readonly placeholders: Readonly<Record<string, string>>
}

/** The environment of a sandbox, and which variables of the caller it does not have. */
export interface ChildEnvironment {
  readonly env: Readonly<Record<string, string>>
  readonly withheld: readonly string[]
}

/**
 * SECURITY: an allow list. What is not named stays outside, so that neither keys nor the caller's management identity get in.
 * @throws CoatcheckError `request_invalid`
 */
export function childEnvironment(user: Readonly<Record<string, string>>, wishes: EnvironmentWishes): ChildEnvironment {
  for (const name of [...wishes.pass, ...Object.keys(wishes.set)]) {
    if (passedNever.test(name)) throw invalid(`${name} is never given to a sandbox`)
    if (Object.hasOwn(wishes.placeholders, name)) throw invalid(`${name} holds a placeholder already`)
  }
  const missing = wishes.pass.find((name) => user[name] === undefined)
  if (missing !== undefined) throw invalid(`${missing} is not set here, so it cannot be passed`)
  const passes = (name: string): boolean => passedAlways.test(name) || wishes.pass.includes(name)
  const env = {
    ...Object.fromEntries(Object.entries(user).filter(([name]) => passes(name))),
    ...wishes.set,
    ...wishes.placeholders,
  }
  return { env, withheld: Object.keys(user).filter((name) => env[name] === undefined) }
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}
