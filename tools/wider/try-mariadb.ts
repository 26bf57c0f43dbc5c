import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { mysqlSettings, mysqlSettingsName } from '@coatcheck/launchers'
import { runToEnd } from '../../test/fixtures/finished-process.ts'
import type { Cage } from './caged-server.ts'
import { type Outcome, serviceHost, tried, type WiderScene } from './wider-scene.ts'

const password = randomBytes(18).toString('hex')
const ask = 'select current_user()'

/** Tries a MariaDB that has `parsec`, and the program that comes with it, which demands TLS unless its settings say otherwise. */
export async function tryMariadb(cage: Cage, scene: WiderScene): Promise<readonly Outcome[]> {
  const data = join(cage.folder, 'data')
  const common = ['--no-defaults', `--datadir=${data}`, '--skip-name-resolve']
  const made = ['--auth-root-authentication-method=normal', '--skip-test-db', '--force']
  cage.run('/usr/bin/mariadb-install-db', [...common, ...made])
  const { certificate, key } = scene.root.leaf(serviceHost)
  const socket = join(cage.folder, 'socket')
  const settings = {
    'bind-address': '127.0.0.1',
    socket,
    'ssl-cert': cage.keep('server.crt', certificate),
    'ssl-key': cage.keep('server.key', key),
    'plugin-load-add': 'auth_parsec',
  }
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
  const { port, server } = await cage.start('/usr/sbin/mariadbd', (free) => [...common, ...flags, `--port=${free}`])
  await using _server = server
  const statements = [
    'create database app',
    `create user signed@'%' identified via parsec using password('${password}') require ssl`,
    "grant all on app.* to signed@'%'",
  ]
  await cage.runSoon(
    '/usr/bin/mariadb',
    ['--no-defaults', '--skip-ssl', '-uroot', `--socket=${socket}`],
    statements.join(';\n'),
  )
  cage.keep(mysqlSettingsName, mysqlSettings)
  const placed = async () => {
    const { connect } = await scene.open(`mysql://signed:${password}@${serviceHost}:${port}/app`, {
      to: `mysql://${serviceHost}:${port}`,
      inject: { kind: 'mysql', tls: 'verify', plugins: ['parsec'] },
    })
    const url = new URL(connect.env['SERVICE_URL']!)
    const args = ['-h', url.hostname, '-P', url.port, '-u', 'anybody', '-N', '-B', '-e', ask]
    return { args, env: { MYSQL_PWD: url.password } }
  }
  return [
    await tried(
      'mariadb of this machine, and parsec',
      async () => {
        const { args, env } = await placed()
        const { stdout, stderr } = await runToEnd(['/usr/bin/mariadb', '--no-defaults', ...args], { env })
        return stdout + stderr
      },
      'signed@%',
    ),
    await tried(
      'its own mariadb, with the settings of a sandbox',
      async () => {
        const { args, env } = await placed()
        return cage.ask('/usr/bin/mariadb', args, { ...env, MYSQL_HOME: cage.folder })
      },
      'signed@%',
    ),
  ]
}
