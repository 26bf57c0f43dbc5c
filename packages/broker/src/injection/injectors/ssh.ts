import { defineInjector } from '../define-injector.ts'
import { loginInjection } from '../login-injection.ts'
import { wordOption } from '../option-forms.ts'
import { isHostKeyPin } from '../ssh/host-key-pins.ts'
import { publishedHostKeys } from '../ssh/published-host-keys.ts'
import { demandLastingLogin, readSshLogin } from '../ssh-login.ts'

/** Names of users as servers have them, and as forges write them. */
const userName = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/
const repositoryPattern = /^\/?(?!-)[A-Za-z0-9._~+@*-]+(?:\/[A-Za-z0-9._~+@*-]+)*\/?$/

/** A login to a git service over SSH, by the broker's own connector. The secret is a private key, with a certificate or without. */
export const ssh = defineInjector({
  kind: 'ssh',
  surfaces: [],
  options: {
    hostKeys: {
      type: 'list',
      required: false,
      allowed: 'fingerprints such as SHA256:…, or lines of known_hosts',
      accepts: (text) => text.length <= 8_192 && isHostKeyPin(text),
    },
    user: { type: 'text', required: false, allowed: 'the name of a user', accepts: (text) => userName.test(text) },
    repositories: {
      type: 'list',
      required: false,
      allowed: 'paths of repositories, with `*` within a segment and `**` for segments',
      accepts: (text) => text.length <= 512 && repositoryPattern.test(text) && !text.split('/').includes('..'),
    },
    access: wordOption(['full', 'read-only'], false),
  },
  prepare: ({ hostKeys }) =>
    loginInjection(
      {
        scheme: 'ssh',
        database: null,
        // SECURITY: a service whose keys nobody wrote down is not believed to be who it says it is.
        missingFor: (host) =>
          hostKeys === undefined && publishedHostKeys(host).length === 0
            ? 'Add `hostKeys`: what `ssh-keygen -lf` says of the service’s host keys, compared with what it publishes.'
            : undefined,
        checkPlace() {},
      },
      (secret) => demandLastingLogin(readSshLogin(secret)),
    ),
})
