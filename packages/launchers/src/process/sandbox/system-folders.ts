import { lstatSync, readdirSync, readlinkSync } from 'node:fs'

/** Folders that distributions either link into `/usr` or keep apart. */
const besideUsr = ['/bin', '/lib', '/lib32', '/lib64', '/libx32', '/sbin']

/** Settings of the host that programs need and that hold no secrets. */
const plainSettings = [
  'alternatives',
  'debian_version',
  'fonts',
  'gai.conf',
  'inputrc',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'lsb-release',
  'magic',
  'mime.types',
  'os-release',
  'perl',
  'protocols',
  'services',
  'ssl/openssl.cnf',
  'terminfo',
  'timezone',
]

/** Settings whose folder carries a version. */
const versionedSettings = /^(?:java-?[\w.-]*|python3?[\d.]*|ImageMagick-\d+|php|emacs|R)$/

/** Folders under `/usr` where administrators put configuration, and so credentials. */
const localSettings = ['/usr/local/etc', '/usr/etc']

/** Arguments that show the host's programs, read-only, and nothing of its configuration that could hold a secret. */
export function systemFolderArguments(): string[] {
  return [
    ...['--ro-bind', '/usr', '/usr'],
    ...localSettings.filter(isFolder).flatMap((path) => ['--tmpfs', path, '--remount-ro', path]),
    ...besideUsr.flatMap(linkOrBind),
    ...plainSettings.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...readdirSync('/etc')
      .filter((name) => versionedSettings.test(name))
      .flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
  ]
}

function linkOrBind(path: string): string[] {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return []
  return status.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
