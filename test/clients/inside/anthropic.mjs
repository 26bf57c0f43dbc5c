import Anthropic from '@anthropic-ai/sdk'

const messages = [{ role: 'user', content: 'Where is the key?' }]
const answer = await new Anthropic().messages.create({ model: 'fixture-1', max_tokens: 64, messages })
console.log(answer.content[0].text)
