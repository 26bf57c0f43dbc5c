// Loaded by `NODE_OPTIONS=--require`: makes Node clients use the proxy that the environment names, also those that build
// agents of their own and versions of Node that know no proxy. Written for Node 18 and newer.
'use strict'

const http = require('node:http')
const https = require('node:https')
const module_ = require('node:module')
const net = require('node:net')
const tls = require('node:tls')

const [major, minor] = process.versions.node.split('.').map(Number)
const knowsProxyEnv = major > 24 || (major === 24 && minor >= 5)

if (knowsProxyEnv) {
  defaultToEnvironment(http)
  defaultToEnvironment(https)
} else {
  const proxy = proxyOf(process.env)
  if (proxy !== undefined) {
    tunnelAgents(proxy)
    tunnelFetch(proxy)
  }
}
module_.syncBuiltinESMExports()

/** An agent that is made without saying anything about proxies reads the environment, as the global one does. */
function defaultToEnvironment(protocol) {
  const Original = protocol.Agent
  class Agent extends Original {
    constructor(options) {
      super(connectsItself(new.target.prototype, Agent.prototype) ? options : { proxyEnv: process.env, ...options })
    }
  }
  Object.defineProperty(Agent, 'name', { value: 'Agent' })
  protocol.Agent = Agent
  // A request with `agent: false` gets one from the constructor that the global agent names.
  Object.defineProperty(protocol.globalAgent, 'constructor', { value: Agent })
}

/** Agents that open connections in a way of their own know about proxies, or nobody can tell them. */
function connectsItself(prototype, base) {
  for (let each = prototype; each !== base && each !== null; each = Object.getPrototypeOf(each)) {
    if (['createSocket', 'createConnection', 'addRequest', 'protocol'].some((name) => Object.hasOwn(each, name)))
      return true
  }
  return false
}

function proxyOf(env) {
  const text = env.https_proxy || env.HTTPS_PROXY || env.http_proxy || env.HTTP_PROXY
  if (!text) return undefined
  const url = new URL(text)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const excepted = (env.no_proxy || env.NO_PROXY || '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  return {
    secure: url.protocol === 'https:',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    authorization: url.username === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
    covers: (host) =>
      !excepted.some((name) => name === '*' || host === name || host.endsWith(`.${name.replace(/^\./, '')}`)),
  }
}

/** Calls back with a socket that a CONNECT request has opened to `host:port`. */
function connectThrough(proxy, host, port, callback) {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`
  const plain = { host: proxy.host, port: proxy.port }
  const socket = proxy.secure
    ? tls.connect({ ...plain, servername: net.isIP(proxy.host) ? '' : proxy.host, ALPNProtocols: ['http/1.1'] })
    : net.connect(plain)
  let head = ''
  const fail = (error) => {
    socket.destroy()
    callback(error)
  }
  const onData = (chunk) => {
    head += chunk.toString('latin1')
    const end = head.indexOf('\r\n\r\n')
    if (end < 0 && head.length < 65536) return
    socket.off('data', onData).off('error', fail).off('close', onClose)
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]
    if (status !== '200') return fail(new Error(`the proxy answered CONNECT ${authority} with ${status ?? 'nonsense'}`))
    socket.pause()
    const rest = Buffer.from(head.slice(end + 4), 'latin1')
    if (rest.length > 0) socket.unshift(rest)
    callback(null, socket)
  }
  const onClose = () => fail(new Error(`the proxy closed the connection for ${authority}`))
  socket.once(proxy.secure ? 'secureConnect' : 'connect', () => {
    const login = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${login}\r\n`)
  })
  socket.on('data', onData).once('error', fail).once('close', onClose)
}

function secure(socket, options, host) {
  return tls.connect({ ...options, socket, servername: options.servername || (net.isIP(host) ? '' : host) })
}

function tunnelAgents(proxy) {
  for (const [protocol, isSecure] of [
    [http, false],
    [https, true],
  ]) {
    const original = protocol.Agent.prototype.createConnection
    protocol.Agent.prototype.createConnection = function createConnection(options, callback) {
      const { host, port, path, socketPath } = options
      const isLocal = socketPath || (!host && path) || !proxy.covers(host || 'localhost')
      if (isLocal || typeof callback !== 'function') return original.call(this, options, callback)
      connectThrough(proxy, host, port, (error, socket) => {
        if (error) callback(error)
        else callback(null, isSecure ? secure(socket, options, host) : socket)
      })
      return undefined
    }
  }
}

/** The client behind `fetch` takes its dispatcher from a global symbol, which is set when it is first loaded. */
function tunnelFetch(proxy) {
  if (typeof fetch !== 'function') return
  const key = Symbol.for('undici.globalDispatcher.1')
  fetch('data:,').catch(() => undefined)
  const Agent = globalThis[key]?.constructor
  if (Agent === undefined) return
  const direct = globalThis[key]
  const tunnelled = new Agent({
    connect(options, callback) {
      const isSecure = options.protocol === 'https:'
      const port = Number(options.port || (isSecure ? 443 : 80))
      connectThrough(proxy, options.hostname, port, (error, socket) => {
        if (error) return callback(error, null)
        if (!isSecure) return callback(null, socket)
        const wrapped = secure(
          socket,
          { servername: options.servername, ALPNProtocols: ['http/1.1'] },
          options.hostname,
        )
        wrapped.once('secureConnect', () => callback(null, wrapped))
        wrapped.once('error', (failure) => callback(failure, null))
      })
    },
  })
  const dispatch = tunnelled.dispatch.bind(tunnelled)
  tunnelled.dispatch = (options, handler) => {
    const { hostname } = new URL(options.origin)
    return proxy.covers(hostname) ? dispatch(options, handler) : direct.dispatch(options, handler)
  }
  globalThis[key] = tunnelled
}
