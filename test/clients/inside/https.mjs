// Node's https module: two requests over one kept-alive connection.
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const headers = { authorization: `Bearer ${process.env.API_TOKEN}` }
const sockets = new Set()

async function get(path) {
  const sent = request({ host: 'api.clients.test', path, agent, headers }).end()
  const [answer] = await once(sent, 'response')
  sockets.add(answer.socket)
  return `${answer.statusCode} ${await text(answer)}`
}

console.log(await get('/json'), await get('/events?count=2'), `over ${sockets.size}`)
agent.destroy()
