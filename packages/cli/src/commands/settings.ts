import { existsSync } from 'node:fs'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { type HomeSettings, readHomeSettings } from '@coatcheck/broker/settings'
import { Argument, Command } from 'commander'
import { changeSettings } from '../change-settings.ts'
import { exampleLines } from '../example-lines.ts'
import { homeHere } from '../home-here.ts'
import type { Session } from '../session.ts'
import { fieldLines } from '../table.ts'
import { addWayOptions, type WayOptions, wayFrom } from '../way-settings.ts'

const about = `
Every broker of this home reads them when it starts, those that commands start for themselves too; options of serve stand over
them. They lie beside the key, for the same eyes.
`

/** What each setting is called on the command line. */
const names = {
  'upstream-proxy': 'upstreamProxy',
  'upstream-proxy-file': 'upstreamProxyFile',
  'upstream-proxy-except': 'upstreamProxyExcept',
  roots: 'rootsFile',
  'max-request-bytes': 'maxRequestBytes',
  'max-response-bytes': 'maxResponseBytes',
} as const satisfies Readonly<Record<string, keyof HomeSettings>>

/** `coatcheck settings …` */
export function settingsCommand(session: Session): Command {
  return new Command('settings')
    .description('say how services are reached: through which proxy, with which further roots, with how long bodies')
    .addHelpText('after', about + exampleLines('settings set --roots corp.pem', 'settings show'))
    .addCommand(showCommand(session))
    .addCommand(setCommand(session))
    .addCommand(unsetCommand(session))
}

function showCommand(session: Session): Command {
  return new Command('show')
    .description('show the settings of this home')
    .addHelpText('after', exampleLines('settings show'))
    .action((_options, self: Command) => {
      const home = homeHere(session, self)
      show(session, self, home, readHomeSettings(home))
    })
}

function setCommand(session: Session): Command {
  const command = new Command('set')
    .description('change settings of this home; what is not named stays')
    .addHelpText(
      'after',
      exampleLines(
        'settings set --upstream-proxy http://proxy.corp.example:3128 --upstream-proxy-except .corp.example',
        'settings set --upstream-proxy-file ~/.config/corp-proxy --roots corp.pem',
      ),
    )
    .action(async (options: WayOptions, self: Command) => {
      const home = homeHere(session, self)
      const next = wayFrom(options, session.surroundings.cwd)
      if (Object.keys(next).length === 0) self.error('name a setting to change')
      show(session, self, home, await changeSettings(home, next))
    })
  return addWayOptions(command)
}

function unsetCommand(session: Session): Command {
  return new Command('unset')
    .description('take settings of this home away')
    .addArgument(new Argument('<setting...>', 'which ones').choices(Object.keys(names)))
    .addHelpText('after', exampleLines('settings unset upstream-proxy'))
    .action(async (given: readonly (keyof typeof names)[], _options, self: Command) => {
      const home = homeHere(session, self)
      const dropped = new Set<string>(given.map((name) => names[name]))
      const { writeHomeSettings } = await import('@coatcheck/broker/offline')
      const kept = Object.entries(readHomeSettings(home)).filter(([name]) => !dropped.has(name))
      show(session, self, home, writeHomeSettings(home, Object.fromEntries(kept)))
    })
}

function show(session: Session, command: Command, home: Home, settings: HomeSettings): void {
  const { settings: file, socket } = homePaths(home)
  const output = session.output(command)
  output.show({ ...settings, file }, () => {
    const rows = Object.entries(names).flatMap(([name, key]) =>
      settings[key] === undefined ? [] : [[name, [settings[key]].flat().join(', ')] as const],
    )
    return rows.length === 0 ? [`No settings; they would lie in ${file}`] : fieldLines([...rows, ['file', file]])
  })
  if (command.name() !== 'show' && existsSync(socket))
    output.note('a broker that serves this home goes on with what it read; start it again', { restart: socket })
}
