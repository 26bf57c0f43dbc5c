import Stripe from 'stripe'

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY)
const payment = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' })
console.log(payment.id, payment.status, payment.amount)
