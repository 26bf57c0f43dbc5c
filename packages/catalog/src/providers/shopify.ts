import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/**
 * Shopify: a header of its own for each API; its command line fills in `Authorization` as well. Each shop has a host of its own.
 * The secret that signs webhooks is no key of this provider, and tokens that the command line exchanges for others are of no
 * use there: the reply would bring a real token inside.
 */
export const shopify: Provider = {
  id: 'shopify',
  name: 'Shopify',
  category: 'payments',
  variables: [
    'SHOPIFY_ACCESS_TOKEN',
    'SHOPIFY_ADMIN_API_ACCESS_TOKEN',
    'SHOPIFY_CLI_THEME_TOKEN',
    'SHOPIFY_CLI_PARTNERS_TOKEN',
  ],
  companionVariables: ['SHOPIFY_STORE', 'SHOPIFY_SHOP_DOMAIN'],
  baseUrlVariables: [],
  hosts: [
    { host: 'partners.shopify.com', injectors: [{ kind: 'header', name: 'X-Shopify-Access-Token' }] },
    {
      host: 'theme-kit-access.shopifyapps.com',
      injectors: [
        { kind: 'header', name: 'X-Shopify-Access-Token' },
        { kind: 'header', name: 'Authorization' },
      ],
    },
    {
      host: '*.myshopify.com',
      injectors: [
        { kind: 'header', name: 'X-Shopify-Access-Token' },
        { kind: 'header', name: 'X-Shopify-Storefront-Access-Token' },
        { kind: 'header', name: 'Shopify-Storefront-Private-Token' },
        { kind: 'header', name: 'Authorization' },
      ],
      perTenant: true,
    },
  ],
  keyShapes: [
    prefixedShape('admin access token', 'shpat_', /^shpat_[A-Fa-f0-9]{32}$/),
    prefixedShape('custom app token', 'shpca_', /^shpca_[A-Fa-f0-9]{32}$/),
    prefixedShape('private app token', 'shppa_', /^shppa_[A-Fa-f0-9]{32}$/),
    prefixedShape('user access token', 'shpua_', /^shpua_[A-Fa-f0-9]{32}$/),
    prefixedShape('theme access password', 'shptka_', /^shptka_[A-Fa-f0-9]{32}$/),
  ],
  // Paths without a version have the oldest one that is supported.
  dangerous: [
    { method: 'POST', path: '/admin/**storefront_access_tokens.json', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/admin/**access_tokens/delegate.json', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/admin/oauth/access_token', class: 'credentials', why: 'makes a token' },
    {
      method: 'POST',
      path: '/admin/**graphql.json',
      class: 'credentials',
      why: 'makes tokens',
      body: { kind: 'words', words: ['storefrontAccessTokenCreate', 'delegateAccessTokenCreate'] },
    },
    {
      method: 'POST',
      path: '/admin/**graphql.json',
      class: 'money',
      why: 'pays back, makes gift cards, deletes products and customers',
      host: '*.myshopify.com',
      body: { kind: 'graphql-mutation' },
    },
    {
      method: 'POST',
      path: '/admin/**orders/*/refunds.json',
      class: 'money',
      why: 'pays a customer back',
      host: '*.myshopify.com',
    },
    {
      method: 'POST',
      path: '/admin/**gift_cards.json',
      class: 'money',
      why: 'makes a gift card',
      host: '*.myshopify.com',
    },
    {
      method: 'DELETE',
      path: '/admin/**products/*',
      class: 'destructive',
      why: 'deletes a product',
      host: '*.myshopify.com',
    },
    {
      method: 'POST',
      path: '/admin/**webhooks.json',
      class: 'exfil',
      why: 'sends events to a URL of choice',
      host: '*.myshopify.com',
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: '*.myshopify.com', path: '/admin/oauth/access_scopes.json' },
  documentation: 'https://shopify.dev/docs/api/usage/authentication',
  sources: [
    'Shopify/shopify-app-js packages',
    'Shopify/cli packages/cli-kit',
    'gitleaks',
    'trufflehog',
    'NangoHQ/nango',
  ],
  lastChecked: '2026-11-23',
}
