// Asks one host in every way that Node clients do, and prints what came back, one line for each.
const https = require('node:https')

const host = process.argv[2]

const viaFetch = async () => (await fetch(`https://${host}/fetch`)).text()
const viaAgent = (path, agent) =>
  new Promise((resolve, reject) => {
    https
      .get(`https://${host}${path}`, agent === undefined ? {} : { agent }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve(text))
      })
      .on('error', reject)
  })

const ways = {
  fetch: viaFetch,
  global: () => viaAgent('/global'),
  own: () => viaAgent('/own', new https.Agent({ keepAlive: true })),
  async esm() {
    const { Agent } = await import('node:https')
    return viaAgent('/esm', new Agent())
  },
  none: () => viaAgent('/none', false),
  subclass: () => viaAgent('/subclass', new (class extends https.Agent {})()),
}

const run = async () => {
  for (const [name, ask] of Object.entries(ways)) {
    const result = await ask().catch((error) => `failed: ${error.cause?.message ?? error.message}`)
    console.log(`${name}: ${result}`)
  }
  process.exit(0)
}
void run()
