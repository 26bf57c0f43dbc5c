import { markedPlaceholder } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Stripe: Bearer from SDKs, and the key as the user of a Basic pair from `curl -u`. */
export const stripe: Provider = {
  id: 'stripe',
  name: 'Stripe',
  category: 'payments',
  variables: ['STRIPE_SECRET_KEY', 'STRIPE_API_KEY'],
  companionVariables: ['STRIPE_PUBLISHABLE_KEY'],
  baseUrlVariables: [{ name: 'STRIPE_API_BASE', safeToRedirect: true }],
  hosts: [
    { host: 'api.stripe.com', injectors: [{ kind: 'bearer' }, { kind: 'basic', as: 'user' }] },
    { host: 'files.stripe.com', injectors: [{ kind: 'bearer' }] },
    { host: 'connect.stripe.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [
    {
      label: 'test secret key',
      prefix: 'sk_test_',
      pattern: /^sk_test_[A-Za-z0-9]{10,247}$/,
      placeholder: markedPlaceholder('sk_test_'),
    },
    {
      label: 'live secret key',
      prefix: 'sk_live_',
      pattern: /^sk_live_[A-Za-z0-9]{10,247}$/,
      placeholder: markedPlaceholder('sk_live_'),
    },
    {
      label: 'restricted test key',
      prefix: 'rk_test_',
      pattern: /^rk_test_[A-Za-z0-9]{10,247}$/,
      placeholder: markedPlaceholder('rk_test_'),
    },
    {
      label: 'restricted live key',
      prefix: 'rk_live_',
      pattern: /^rk_live_[A-Za-z0-9]{10,247}$/,
      placeholder: markedPlaceholder('rk_live_'),
    },
  ],
  dangerous: [
    { method: 'POST', path: '/v1/payouts', class: 'money', why: 'pays out to a bank account' },
    { method: 'POST', path: '/v1/payouts/*/reverse', class: 'money', why: 'takes a payout back' },
    { method: 'POST', path: '/v1/transfers', class: 'money', why: 'pays a connected account' },
    { method: 'POST', path: '/v1/topups', class: 'money', why: 'pulls funds from a bank account' },
    { method: 'POST', path: '/v1/refunds', class: 'money', why: 'pays a customer back' },
    { method: 'POST', path: '/v1/credit_notes', class: 'money', why: 'reduces an invoice' },
    { method: 'POST', path: '/v1/charges', class: 'money', why: 'charges a customer' },
    { method: 'POST', path: '/v1/payment_intents', class: 'money', why: 'charges a customer' },
    {
      method: 'POST',
      path: '/v1/accounts/*/external_accounts',
      class: 'money',
      why: 'changes where payouts go',
    },
    { method: 'POST', path: '/v1/treasury/outbound_payments', class: 'money', why: 'pays a third party' },
    { method: 'POST', path: '/v1/treasury/outbound_transfers', class: 'money', why: 'moves funds out' },
    { method: 'POST', path: '/v1/issuing/cards', class: 'money', why: 'issues a payment card' },
    { method: 'POST', path: '/v1/accounts', class: 'admin', why: 'opens a connected account' },
    { method: 'POST', path: '/v1/account_links', class: 'admin', why: 'makes an onboarding link' },
    { method: 'POST', path: '/v1/ephemeral_keys', class: 'admin', why: 'makes a credential' },
    { method: 'POST', path: '/v1/apps/secrets', class: 'admin', why: 'writes to the secret store' },
    { method: 'DELETE', path: '/v1/accounts/*', class: 'destructive', why: 'deletes a connected account' },
    { method: 'DELETE', path: '/v1/customers/*', class: 'destructive', why: 'deletes a customer' },
    { method: 'DELETE', path: '/v1/subscriptions/*', class: 'destructive', why: 'ends a subscription' },
    { method: 'POST', path: '/v1/webhook_endpoints', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.stripe.com', path: '/v1/account' },
  sources: ['stripe/stripe-node src', 'gitleaks', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
