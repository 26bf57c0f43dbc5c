import type { BadInput } from '../bad-input.suite.ts'

type Row = readonly [name: string, args: readonly string[], code: number, says: RegExp]

const settings: readonly Row[] = [
  ['a listener that is no address', ['--proxy', 'nosuch'], 2, /Write host:port/],
  ['a port out of range', ['--api', '127.0.0.1:99999'], 2, /Write host:port/],
  ['a listener off loopback in clear text', ['--proxy', '0.0.0.0:0'], 2, /TLS only/],
  ['a certificate without a listener', ['--proxy-cert', 'x', '--proxy-key', 'y'], 2, /Add --proxy HOST:PORT/],
  ['an address without a listener', ['--api-url', 'https://x.example'], 2, /Add --api HOST:PORT/],
  ['a certificate without its key', ['--api', '127.0.0.1:0', '--api-cert', 'x'], 2, /given together/],
  ['files that are not there', ['--api', '127.0.0.1:0', '--api-cert', 'x', '--api-key', 'y'], 2, /ENOENT|no such file/],
  ['roots that are not there', ['--roots', '/nonexistent'], 2, /ENOENT|no such file/],
  ['roots that are a folder', ['--roots', '/etc'], 2, /not a regular file/],
  ['roots that are none', ['--roots', '/etc/hostname'], 2, /no certificate/],
  ['an upstream proxy that is no URL', ['--upstream-proxy', 'nosuch'], 2, /not a URL/],
  ['an upstream proxy with a password', ['--upstream-proxy', 'http://u:p@x:1'], 2, /--upstream-proxy-file/],
  ['no upstream proxy, and a file with one', ['--no-upstream-proxy', '--upstream-proxy-file', 'x'], 2, /opposite/],
]

const unattended: readonly Row[] = [
  ['a new passphrase', ['init', '--key', 'passphrase'], 2, /--passphrase-file/],
  ['another passphrase', ['vault', 'passphrase'], 2, /--passphrase-file/],
  ['a passphrase for a backup', ['backup', '--with-key', 'out'], 2, /--passphrase-file/],
  ['leave to end everything', ['lockdown', '--all'], 2, /--yes/],
  ['leave to delete everything', ['uninstall'], 2, /--yes/],
]

const badInput = ([name, args, code, says]: Row): BadInput => ({ name, args, code, says })

/** Bad settings of a broker in the foreground. */
export const serveRows: readonly BadInput[] = settings.map(([name, options, ...rest]) =>
  badInput([name, ['serve', ...options], ...rest]),
)

/** What asks a person, where nobody is at a terminal. */
export const unattendedRows: readonly BadInput[] = unattended.map(badInput)
