import { readFileSync } from 'node:fs'
import { isIPv4, isIPv6 } from 'node:net'
import type { InjectorSpec, Pin, Scope } from '@coatcheck/contract'
import { type Command, InvalidArgumentError } from 'commander'

/** Option that the text after the colon sets, by injector. */
const mainOptions: Readonly<Record<string, string>> = { basic: 'as', bearer: 'scheme', header: 'name' }

/** What the options about scopes say. */
export interface ScopeOptions {
  readonly to?: readonly string[]
  readonly inject?: readonly InjectorSpec[]
  readonly pin?: Pin
  readonly roots?: string
  readonly allowPrivate?: boolean
  readonly foreignPass?: boolean
}

/** Adds the options that describe scopes. */
export function addScopeOptions(command: Command): Command {
  return command
    .option('--to <destination>', 'where the secret may go: host, *.suffix or ~regex (repeatable)', collect)
    .option('--inject <how>', 'bearer, header:NAME or basic, for each --to or once for all', collectInjector)
    .option('--pin <address>', 'dial this address (IP or IP:port) instead of asking the resolver', parsePin)
    .option('--roots <file>', 'further root certificates of the destination, PEM', readRoots)
    .option('--allow-private', 'let the name resolve to a private address')
    .option('--foreign-pass', 'let other credentials than the placeholder through to these hosts')
}

/** The scopes that the options describe; undefined when they describe none. Fails the command when they do not fit. */
export function scopesFrom(options: ScopeOptions, command: Command): readonly Scope[] | undefined {
  const { to = [], inject = [], pin, roots, allowPrivate, foreignPass } = options
  if (to.length === 0) {
    const stray = [inject.length > 0, pin, roots, allowPrivate, foreignPass].some(Boolean)
    if (stray) command.error('--inject, --pin, --roots, --allow-private and --foreign-pass need --to')
    return undefined
  }
  if (inject.length !== 1 && inject.length !== to.length) command.error('give --inject once, or once for each --to')
  return to.map((destination, index) => ({
    to: destination,
    inject: inject[index] ?? inject[0] ?? { kind: 'bearer' },
    ...(foreignPass ? { foreign: 'pass' as const } : {}),
    ...(pin === undefined ? {} : { pin }),
    ...(roots === undefined ? {} : { roots }),
    ...(allowPrivate ? { allowPrivate } : {}),
  }))
}

/** Appends a repeatable option's value. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}

/** An injector in the form `kind`, `kind:main` or `kind:main,option=value`, e.g. `header:X-Key,prefix=Token `. */
export function parseInjector(text: string): InjectorSpec {
  const [head = '', ...rest] = text.split(',')
  const [kind = '', ...main] = head.split(':')
  const mainOption = mainOptions[kind]
  if (kind === '' || (main.length > 0 && mainOption === undefined)) {
    throw new InvalidArgumentError('Write bearer, header:NAME or basic.')
  }
  const options = rest.map((pair) => pair.split('=')).map(([name = '', ...value]) => [name, value.join('=')] as const)
  if (options.some(([name]) => name === '')) throw new InvalidArgumentError('Write options as name=value.')
  const spec = main.length > 0 && mainOption !== undefined ? { [mainOption]: main.join(':') } : {}
  return { ...spec, ...Object.fromEntries(options), kind }
}

function collectInjector(value: string, earlier: readonly InjectorSpec[] = []): readonly InjectorSpec[] {
  return [...earlier, parseInjector(value)]
}

/** An address, with a port after a colon where it is another than the destination's; IPv6 then stands in brackets. */
export function parsePin(text: string): Pin {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = bracketed ?? plain ?? text
  const fits = bracketed === undefined ? isIPv4(address) || isIPv6(text) : isIPv6(address)
  if (!fits || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    throw new InvalidArgumentError('Write an IP address: 10.0.0.1, 10.0.0.1:8443 or [fd00::1]:8443.')
  }
  return port === undefined ? { address } : { address, port: Number(port) }
}

function readRoots(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new InvalidArgumentError(`The file cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
