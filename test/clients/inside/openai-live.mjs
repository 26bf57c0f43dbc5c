// The service goes on with its answer only when the client, which has seen the beginning, asks for something else.
import OpenAI from 'openai'

const client = new OpenAI({ maxRetries: 0, timeout: 20_000 })
const stream = await client.responses.create({ model: 'fixture-1', input: 'Where is the key?', stream: true })
let answer = ''
for await (const event of stream) {
  if (event.type !== 'response.output_text.delta') continue
  if (answer === '') await client.models.retrieve('go-on')
  answer += event.delta
}
console.log(answer)
