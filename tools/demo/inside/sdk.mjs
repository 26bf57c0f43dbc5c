// The published clients of two services, unmodified, with nothing set but their usual variables.
import { createRequire } from 'node:module'

const load = createRequire(`${process.argv[2]}/`)
const { OpenAI } = load('openai')
const Stripe = load('stripe')

const messages = [{ role: 'user', content: 'Where is the key?' }]
const stream = await new OpenAI().chat.completions.create({ model: 'fixture-1', messages, stream: true })
let answer = ''
for await (const chunk of stream) answer += chunk.choices[0]?.delta?.content ?? ''

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY)
const payment = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' })

console.log(JSON.stringify({ answer, payment: payment.status }))
