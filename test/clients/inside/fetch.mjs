// Node's global fetch: a reply as JSON, and a body that is streamed up.
const headers = { authorization: `Bearer ${process.env.API_TOKEN}` }
const answer = await fetch('https://api.clients.test/json', { headers })
const parts = new ReadableStream({
  start(controller) {
    for (let index = 0; index < 20; index += 1) controller.enqueue(new Uint8Array(5_000).fill(index))
    controller.close()
  },
})
const upload = { method: 'POST', headers, body: parts, duplex: 'half' }
const sent = await fetch('https://api.clients.test/upload', upload)
console.log(answer.status, JSON.stringify(await answer.json()), (await sent.json()).bytes)
