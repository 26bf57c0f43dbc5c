import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Shopify: a header of its own for each API. Each shop has a host of its own. The secret that signs webhooks is no key of this provider. */
export const shopify: Provider = {
  id: 'shopify',
  name: 'Shopify',
  category: 'payments',
  variables: ['SHOPIFY_ACCESS_TOKEN', 'SHOPIFY_ADMIN_API_ACCESS_TOKEN', 'SHOPIFY_CLI_PARTNERS_TOKEN'],
  companionVariables: ['SHOPIFY_STORE', 'SHOPIFY_SHOP_DOMAIN'],
  baseUrlVariables: [],
  hosts: [
    { host: 'partners.shopify.com', injectors: [{ kind: 'header', name: 'X-Shopify-Access-Token' }] },
    {
      host: '*.myshopify.com',
      injectors: [
        { kind: 'header', name: 'X-Shopify-Access-Token' },
        { kind: 'header', name: 'X-Shopify-Storefront-Access-Token' },
        { kind: 'header', name: 'Shopify-Storefront-Private-Token' },
      ],
      perTenant: true,
    },
  ],
  keyShapes: [
    prefixedShape('admin access token', 'shpat_', /^shpat_[A-Fa-f0-9]{32}$/),
    prefixedShape('custom app token', 'shpca_', /^shpca_[A-Fa-f0-9]{32}$/),
    prefixedShape('private app token', 'shppa_', /^shppa_[A-Fa-f0-9]{32}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/admin/api/*/storefront_access_tokens.json', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/admin/api/*/access_tokens/delegate.json', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/admin/oauth/access_token', class: 'credentials', why: 'makes a token' },
    {
      method: 'POST',
      path: '/admin/api/*/graphql.json',
      class: 'credentials',
      why: 'makes tokens',
      body: { kind: 'words', words: ['storefrontAccessTokenCreate', 'delegateAccessTokenCreate'] },
    },
    {
      method: 'POST',
      path: '/admin/api/*/graphql.json',
      class: 'money',
      why: 'pays back, makes gift cards, deletes products and customers',
      host: '*.myshopify.com',
      body: { kind: 'graphql-mutation' },
    },
    {
      method: 'POST',
      path: '/admin/api/*/orders/*/refunds.json',
      class: 'money',
      why: 'pays a customer back',
      host: '*.myshopify.com',
    },
    {
      method: 'POST',
      path: '/admin/api/*/gift_cards.json',
      class: 'money',
      why: 'makes a gift card',
      host: '*.myshopify.com',
    },
    {
      method: 'DELETE',
      path: '/admin/api/*/products/*',
      class: 'destructive',
      why: 'deletes a product',
      host: '*.myshopify.com',
    },
    {
      method: 'POST',
      path: '/admin/api/*/webhooks.json',
      class: 'exfil',
      why: 'sends events to a URL of choice',
      host: '*.myshopify.com',
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: '*.myshopify.com', path: '/admin/oauth/access_scopes.json' },
  documentation: 'https://shopify.dev/docs/api/usage/authentication',
  sources: ['gitleaks', 'trufflehog', 'NangoHQ/nango', 'Shopify/shopify-app-js'],
  lastChecked: '2026-11-22',
}
