import Stripe from 'stripe'

// It takes a host, and no path behind it.
const { protocol, hostname: host, port } = new URL(process.env.BASE_URL ?? 'https://api.stripe.com')
const place = process.env.BASE_URL === undefined ? {} : { protocol: protocol.slice(0, -1), host, port: port || 80 }
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, place)
const payment = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' })
console.log(payment.id, payment.status, payment.amount)
