import { type Canary, makeCanary } from '../fixtures/canary.ts'
import type { WatchedCanary } from './process-watch.ts'

/** The values that must be found nowhere, by how they came in. */
export interface StageValues {
  /** Of the secret `key` and of one secret for each injector; the services get it. */
  readonly stored: Canary
  /** Of other secrets, and of `key` for a while. */
  readonly next: Canary
  /** Given inline with a sandbox. */
  readonly inline: Canary
  /** In the environment of whoever runs a command. */
  readonly ambient: Canary
  /** Typed as an argument by mistake. */
  readonly mistyped: Canary
  /** Sent by a sandbox as a credential that nobody here issued. */
  readonly foreign: Canary
  /** Passphrase of a key, and the one after it. */
  readonly passphrase: Canary
  readonly nextPassphrase: Canary
  /** Password at the proxy through which services are reached. */
  readonly login: Canary
  /** Key of a webhook; stands in its address, too. */
  readonly hook: Canary
}

/** The command line itself, which has what its caller gave it as arguments or variables, and what makes the caller. */
const isCommandLine = (command: string): boolean =>
  /coatcheck\.cjs|packages\/cli\/src\/\w+\.ts|published-\w+\/dist\/start\.js|^(?:mount|mkdir) .*\/mnt/.test(command)

/** Makes them. */
export function makeStageValues(): StageValues {
  return {
    stored: makeCanary('sk_live_'),
    next: makeCanary('sk_live_'),
    inline: makeCanary('sk_test_'),
    ambient: makeCanary('sk_test_'),
    mistyped: makeCanary('rk_live_'),
    foreign: makeCanary('fk_live_'),
    passphrase: makeCanary('open '),
    nextPassphrase: makeCanary('shut '),
    login: makeCanary('pw_'),
    hook: makeCanary('hk_'),
  }
}

/** The values, and the processes that may show them. */
export function watchedValues({ ambient, mistyped, ...others }: StageValues): readonly WatchedCanary[] {
  return [
    ...Object.values(others).map((canary: Canary) => ({ canary })),
    ...[ambient, mistyped].map((canary) => ({ canary, mayShow: isCommandLine })),
  ]
}
