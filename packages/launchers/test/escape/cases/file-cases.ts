import assert from 'node:assert/strict'
import { assertAll, runInside } from '../run-inside.ts'
import type { EscapeCase } from '../sandbox-bench.ts'

/** Item 7: files of the host are neither seen nor changed. */
export const fileCases: readonly EscapeCase[] = [
  {
    item: 7,
    name: 'homes, password files and sockets of the host are not there',
    async run(bench) {
      const paths = ['/root', '/etc/shadow', '/etc/gshadow', '/etc/sudoers', '/var/run/docker.sock', '/run/docker.sock']
      const more = [
        '/run/dbus',
        '/run/user',
        '/run/systemd',
        '/tmp/.X11-unix',
        '/boot',
        '/sys',
        '/mnt',
        '/var/lib',
        '/srv',
      ]
      const finds = await runInside(bench, 'look_around', {
        texts: [],
        paths: [...paths, ...more, ...bench.hidden.paths],
      })
      assert.deepEqual(finds, {})
    },
  },
  {
    item: 7,
    name: 'programs, resolver, trust and users cannot be changed',
    async run(bench) {
      const outcomes = await runInside(bench, 'write_files', {
        files: [
          ...['/etc/resolv.conf', '/etc/hosts', '/etc/passwd', '/etc/nsswitch.conf', '/etc/gitconfig'],
          ...['/etc/ssl/certs/ca-certificates.crt', '/etc/coatcheck/ca.pem', '/usr/bin/env', '/bin/sh'],
        ],
        folders: ['/', '/usr', '/usr/bin', '/usr/local', '/usr/local/bin', '/etc', '/etc/ssl/certs', '/home'],
        absent: ['/etc/ld.so.preload', '/etc/profile.d', '/usr/local/bin/git', '/bin/own'],
      })
      assertAll(outcomes, /^refused: /)
    },
  },
]
