import { readFileSync } from 'node:fs'
import { isIPv4, isIPv6 } from 'node:net'
import { type DangerClass, dangerClasses, type InjectorSpec, type Pin, type Scope } from '@coatcheck/contract'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { whyNot } from './file-failure.ts'
import { parseInjector } from './parse-injector.ts'

/** What the options about scopes say. */
export interface ScopeOptions {
  readonly to?: readonly string[]
  readonly inject?: readonly InjectorSpec[]
  readonly pin?: Pin
  readonly roots?: string
  readonly allowPrivate?: boolean
  readonly attach?: NonNullable<Scope['attach']>
  readonly foreign?: NonNullable<Scope['foreign']>
  readonly cookies?: NonNullable<Scope['cookies']>
  readonly uninspected?: NonNullable<Scope['uninspected']>
  readonly refuse?: readonly DangerClass[]
  readonly newKeys?: NonNullable<Scope['newKeys']>
}

/** Adds the options that describe scopes. */
export function addScopeOptions(command: Command): Command {
  return command
    .option('--to <destination>', 'where the secret may go: host, *.suffix or ~regex (repeatable)', collectPlace)
    .option(
      '--inject <how>',
      'e.g. bearer, header:NAME, basic, query:NAME; for each --to or once for all',
      collectInjector,
    )
    .option('--pin <address>', 'dial this address (IP or IP:port) instead of asking the resolver', parsePin)
    .option('--roots <file>', 'further root certificates of the destination, PEM', readRoots)
    .option('--allow-private', 'let the name resolve to a private address')
    .addOption(
      new Option(
        '--attach <when>',
        'only where the placeholder stands, or also to requests without any credential',
      ).choices(['replace', 'always']),
    )
    .addOption(
      new Option('--foreign <how>', 'what happens to credentials that are not ours').choices([
        'refuse',
        'replace',
        'pass',
      ]),
    )
    .addOption(
      new Option('--cookies <how>', 'what happens to cookies that the service sets').choices(['drop', 'keep', 'pass']),
    )
    .addOption(
      new Option('--uninspected <how>', 'what happens to responses that cannot be searched for the secret').choices([
        'block',
        'pass',
      ]),
    )
    .addOption(
      new Option('--new-keys <how>', 'what happens to keys in responses that nobody knows, by their form').choices([
        'block',
        'mask',
        'pass',
      ]),
    )
    .option(
      '--refuse <classes>',
      `dangerous calls, as provider show lists them, that the secret is not attached to: ${dangerClasses.join(', ')}, or none (default: credentials)`,
      parseClasses,
    )
}

/** The scopes that the options describe; undefined when they describe none. Fails the command when they do not fit. */
export function scopesFrom(options: ScopeOptions, command: Command): readonly Scope[] | undefined {
  const {
    to = [],
    inject = [],
    pin,
    roots,
    allowPrivate,
    attach,
    foreign,
    cookies,
    uninspected,
    newKeys,
    refuse,
  } = options
  if (to.length === 0) {
    const ways = [attach, foreign, cookies, uninspected, newKeys, refuse]
    const stray = [inject.length > 0, pin, roots, allowPrivate, ...ways].some(Boolean)
    if (stray) {
      const names =
        '--inject, --pin, --roots, --allow-private, --attach, --foreign, --cookies, --uninspected, --new-keys and --refuse'
      command.error(`${names} need --to`)
    }
    return undefined
  }
  if (inject.length !== 1 && inject.length !== to.length) command.error('give --inject once, or once for each --to')
  return to.map((destination, index) => ({
    to: destination,
    inject: inject[index] ?? inject[0] ?? { kind: 'bearer' },
    ...(attach === undefined ? {} : { attach }),
    ...(foreign === undefined ? {} : { foreign }),
    ...(cookies === undefined ? {} : { cookies }),
    ...(uninspected === undefined ? {} : { uninspected }),
    ...(refuse === undefined ? {} : { refuse }),
    ...(newKeys === undefined ? {} : { newKeys }),
    ...(pin === undefined ? {} : { pin }),
    ...(roots === undefined ? {} : { roots }),
    ...(allowPrivate ? { allowPrivate } : {}),
  }))
}

/** Appends a repeatable option's value. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value]
}

function collectPlace(value: string, earlier?: readonly string[]): readonly string[] {
  if (value.trim() === '') throw new InvalidArgumentError('Write a host, such as api.example.com.')
  return collect(value, earlier)
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

function parseClasses(text: string): readonly DangerClass[] {
  const names = text === 'none' ? [] : text.split(',').map((name) => name.trim())
  const known = dangerClasses.filter((each) => names.includes(each))
  if (known.length === new Set(names).size) return known
  throw new InvalidArgumentError(`Write some of these, with commas between them, or none: ${dangerClasses.join(', ')}.`)
}

function readRoots(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new InvalidArgumentError(`${whyNot('The file cannot be read', error)}.`)
  }
}
