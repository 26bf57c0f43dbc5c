import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { runToEnd } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { makeInstallation, npmSettings } from './installation.ts'

const skip = process.env['COATCHECK_TRY_SYSTEMD'] === undefined && 'takes minutes; set COATCHECK_TRY_SYSTEMD'
const path = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

/** Runs once everything is up, and ends the machine. */
const visit = `
call() { runuser -u coatcheck -- env XDG_DATA_HOME=/var/lib XDG_CONFIG_HOME=/var/lib/coatcheck-keys XDG_RUNTIME_DIR=/run coatcheck "$@"; }
wait_for() { for turn in $(seq 300); do call status | grep -q 'running since' && return; sleep 0.2; done; }
wait_for
echo "first $(systemctl is-active coatcheck) $(call status | grep -c unlocked)"
printf sk_live_%s 0123456789abcdefghij | call secret create stripe --provider stripe --value-stdin > /dev/null 2>&1
systemctl kill --signal KILL --kill-whom main coatcheck
sleep 3
wait_for
echo "again $(systemctl is-active coatcheck) $(call secret list | grep -c '^stripe ')"
stat -c '%n %a %U' /var/lib/coatcheck /var/lib/coatcheck-keys /run/coatcheck
systemctl stop coatcheck
systemctl show coatcheck --property Result --property ExecMainStatus
journalctl --unit coatcheck --no-pager | grep -c sk_live_
systemctl poweroff
`

const visitUnit = `[Unit]
After=coatcheck.service
[Service]
Type=oneshot
StandardOutput=file:/visit.log
StandardError=inherit
ExecStart=/bin/sh /visit.sh
`

describe('the systemd unit, on a machine that boots', { skip, timeout: 900_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), 'coatcheck-machine-'))
  const units = join(root, 'etc/systemd/system')
  before(async () => {
    const packages = '--include=ca-certificates,libatomic1,systemd,systemd-sysv,dbus'
    // It is the `/` of the machine, which others than root must be able to enter.
    chmodSync(root, 0o755)
    await must(['debootstrap', '--variant=minbase', packages, 'bookworm', root])
    cpSync(process.execPath, join(root, 'usr/bin/node'))
    const installed = await makeInstallation()
    const cache = join(root, 'var/cache/npm')
    const prefix = ['--prefix', join(root, 'usr'), '--cache', cache, '--ignore-scripts', '--no-fund']
    await must(['npm', 'install', '--global', ...prefix, installed.packagePath], npmSettings).finally(installed.dispose)
    cpSync(join(repositoryRoot, 'deploy/coatcheck.sysusers'), join(root, 'usr/lib/sysusers.d/coatcheck.conf'))
    cpSync(join(repositoryRoot, 'deploy/coatcheck.service'), join(units, 'coatcheck.service'))
    await must(['chroot', root, 'systemd-sysusers'])
    writeFileSync(join(root, 'visit.sh'), visit)
    writeFileSync(join(units, 'visit.service'), visitUnit)
    const wanted = join(units, 'multi-user.target.wants')
    mkdirSync(wanted, { recursive: true })
    for (const name of ['coatcheck.service', 'visit.service']) symlinkSync(`../${name}`, join(wanted, name))
    writeFileSync(join(root, 'etc/machine-id'), '')
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  test('starts the broker, starts it again when it dies, and ends it without a word of a secret', async () => {
    const boot = ['--register=no', '--keep-unit', '--boot', '--quiet', '--directory', root]
    await runToEnd(['systemd-nspawn', ...boot], { env: path, timeoutMs: 300_000 })
    assert.deepEqual(readFileSync(join(root, 'visit.log'), 'utf8').trim().split('\n'), [
      'first active 1',
      'again active 1',
      '/var/lib/coatcheck 700 coatcheck',
      '/var/lib/coatcheck-keys 700 coatcheck',
      '/run/coatcheck 700 coatcheck',
      'Result=success',
      'ExecMainStatus=0',
      '0',
    ])
  })
})

async function must(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { code, stdout, stderr } = await runToEnd(argv, { env: { ...path, ...env }, timeoutMs: 600_000 })
  if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${stdout.slice(-500)}${stderr.slice(-500)}`)
}
