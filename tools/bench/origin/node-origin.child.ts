import { createServer, type TLSSocket } from 'node:tls'
import { matchesPattern, mebibyte, pattern, smallBody, text, uploadAnswer } from '../wire/contents.ts'
import { MessageReader } from '../wire/message-reader.ts'
import type { NodeOriginOptions } from './node-origin.ts'
import { streamEvents } from './stream-events.ts'

const small = answer('200 OK', smallBody)
const list = Buffer.concat([answer('200 OK', '', text.length), text])
const refused = answer('401 Unauthorized', '{"error":"wrong credential"}')
const unknown = answer('404 Not Found', '{"error":"no such route"}')
const spoilt = answer('422 Unprocessable Content', '{"error":"the body is wrong"}')

// Ctrl-C on a terminal reaches every process; the bench ends this one in its own order.
process.on('SIGINT', () => {})
// Without whoever started it, it has nothing to do.
process.on('disconnect', () => process.exit(0))
process.once('message', (options: NodeOriginOptions) => {
  const server = createServer({
    cert: options.certificate,
    key: options.key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
  })
  server.on('secureConnection', (socket) => serve(socket, `Bearer ${options.credential}`))
  server.listen(options.port, '127.0.0.1', () => process.send?.('ready'))
})

function answer(status: string, body: string, length = Buffer.byteLength(body)): Buffer {
  return Buffer.from(`HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`)
}

function serve(socket: TLSSocket, expected: string): void {
  let head = ''
  let received = 0
  let isRight = true
  const reader = new MessageReader({
    head(text) {
      head = text
      received = 0
      isRight = true
    },
    body(piece) {
      isRight &&= matchesPattern(piece, received)
      received += piece.length
    },
    end() {
      const [, authorization] = /\r\nauthorization:[ \t]*([^\r]*)/i.exec(head) ?? []
      const request = head.slice(0, head.indexOf(' HTTP/'))
      const isOpen = request.startsWith('GET /open/')
      if (!isOpen && authorization !== expected) socket.write(refused)
      else if (!isRight) socket.write(spoilt)
      else respond(socket, request.replace('/open/', '/').replace(/\?.*$/, ''), received)
    },
  })
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes: Buffer) => {
    try {
      reader.push(bytes)
    } catch {
      socket.destroy()
    }
  })
}

function respond(socket: TLSSocket, request: string, received: number): void {
  if (request === 'GET /small') socket.write(small)
  else if (request === 'GET /text') socket.write(list)
  else if (request === 'GET /down/1') sendPattern(socket, 1)
  else if (request === 'GET /down/100') sendPattern(socket, 100)
  else if (request === 'POST /up') socket.write(answer('200 OK', uploadAnswer(received)))
  else if (request === 'GET /events') streamEvents(socket)
  else socket.write(unknown)
}

function sendPattern(socket: TLSSocket, mebibytes: number): void {
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${mebibytes * mebibyte}\r\n\r\n`,
  )
  let left = mebibytes
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= 1
      if (!socket.write(pattern) && left > 0) return void socket.once('drain', more)
    }
  }
  more()
}
