import OpenAI from 'openai'

const client = new OpenAI()
const question = { model: 'fixture-1', messages: [{ role: 'user', content: 'Where is the key?' }] }
const whole = await client.chat.completions.create(question)
const stream = await client.chat.completions.create({ ...question, stream: true })
let streamed = ''
for await (const chunk of stream) streamed += chunk.choices[0]?.delta?.content ?? ''
console.log(whole.choices[0].message.content, streamed)
