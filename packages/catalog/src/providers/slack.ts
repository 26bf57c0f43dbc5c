import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Slack: Bearer on the API and for files, or a field of a form on the API. Addresses of webhooks are secrets of another form, and are not covered. */
export const slack: Provider = {
  id: 'slack',
  name: 'Slack',
  category: 'messaging',
  variables: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_USER_TOKEN', 'SLACK_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'slack.com', injectors: [{ kind: 'bearer' }, { kind: 'body', field: 'token' }] },
    { host: 'files.slack.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [
    prefixedShape('bot token', 'xoxb-', /^xoxb-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9-]{18,}$/),
    prefixedShape('user token', 'xoxp-', /^xoxp(?:-[0-9]{10,13}){3}-[A-Za-z0-9-]{28,34}$/),
    prefixedShape('app token', 'xapp-', /^xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+$/),
    prefixedShape('rotating token', 'xoxe.xox', /^xoxe\.xox[bp]-\d-[A-Za-z0-9]{163,166}$/),
    prefixedShape('refresh token', 'xoxe-', /^xoxe-\d-[A-Za-z0-9]{146}$/),
  ],
  // Slack takes most methods by GET as well.
  dangerous: [
    {
      method: '*',
      path: '/api/conversations.externalInvitePermissions.set',
      class: 'exfil',
      why: 'lets others into a channel',
    },
    {
      method: '*',
      path: '/api/conversations.requestSharedInvite.approve',
      class: 'exfil',
      why: 'shares a channel with others',
    },
    { method: '*', path: '/api/canvases.access.set', class: 'exfil', why: 'shares a canvas' },
    { method: '*', path: '/api/canvases.delete', class: 'destructive', why: 'deletes a canvas' },
    { method: '*', path: '/api/usergroups.users.update', class: 'admin', why: 'changes a group' },
    { method: '*', path: '/api/tooling.tokens.rotate', class: 'credentials', why: 'makes a token anew' },
    { method: '*', path: '/api/oauth.**', class: 'credentials', why: 'makes tokens' },
    { method: '*', path: '/api/apps.manifest.create', class: 'credentials', why: 'makes an app with its secrets' },
    { method: '*', path: '/api/openid.connect.token', class: 'credentials', why: 'makes a token' },
    { method: '*', path: '/api/admin.*', class: 'admin', why: 'administers the workspace' },
    { method: '*', path: '/api/apps.manifest.*', class: 'admin', why: 'changes apps' },
    { method: '*', path: '/api/apps.uninstall', class: 'admin', why: 'removes an app' },
    { method: '*', path: '/api/auth.revoke', class: 'admin', why: 'revokes the token' },
    { method: '*', path: '/api/conversations.archive', class: 'destructive', why: 'archives a channel' },
    { method: '*', path: '/api/conversations.kick', class: 'destructive', why: 'removes a member' },
    { method: '*', path: '/api/chat.delete', class: 'destructive', why: 'deletes a message' },
    { method: '*', path: '/api/files.delete', class: 'destructive', why: 'deletes a file' },
    { method: '*', path: '/api/users.profile.set', class: 'destructive', why: 'changes a profile' },
    { method: '*', path: '/api/conversations.inviteShared', class: 'exfil', why: 'shares a channel with others' },
    { method: '*', path: '/api/files.sharedPublicURL', class: 'exfil', why: 'makes a file public' },
    {
      method: '*',
      path: '/api/apps.connections.open',
      class: 'credentials',
      why: 'makes an address that opens a socket without a key',
    },
  ],
  usage: { kind: 'none' },
  probe: { method: 'POST', host: 'slack.com', path: '/api/auth.test', trueMember: 'ok' },
  documentation: 'https://docs.slack.dev/authentication/tokens',
  sources: ['slackapi/node-slack-sdk', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-23',
}
