import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sandboxEnvironment } from '../sandbox/sandbox-environment.ts'
import { mysqlSettings, mysqlSettingsName } from './mysql-settings.ts'

/** What a program of MariaDB takes from its settings. */
function optionsOf(program: string, settings: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-mysql-'))
  try {
    writeFileSync(join(folder, mysqlSettingsName), settings)
    const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', MYSQL_HOME: folder }
    return execFileSync(program, ['--print-defaults'], { env, stdio: 'pipe' }).toString()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const name of ['mariadb', 'mariadb-dump', 'mariadb-admin']) {
  const program = `/usr/bin/${name}`
  const skip = existsSync(program) ? false : `${name} is not installed`
  test(`MY-09: ${name} reads its settings where MYSQL_HOME leads`, { skip }, () => {
    assert.match(optionsOf(program, mysqlSettings), /--loose-skip-ssl(?: |$)/m)
    assert.doesNotMatch(optionsOf(program, mysqlSettings.replace('client-mariadb', 'mysqld')), /skip-ssl/)
  })
}

test('MY-09: a sandbox is led there where a grant leads clients of MySQL to the broker, unless it says another folder', () => {
  assert.equal(sandboxEnvironment({ MYSQL_TCP_PORT: '3306' })['MYSQL_HOME'], '/etc/coatcheck')
  assert.equal(sandboxEnvironment({})['MYSQL_HOME'], undefined)
  assert.equal(sandboxEnvironment({ MYSQL_TCP_PORT: '3306', MYSQL_HOME: '/srv' })['MYSQL_HOME'], '/srv')
})
