import { skipWithout } from '../../fixtures/requirements.ts'
import { type ClientCase, presentsApiKey, presentsLogin } from '../client-case.ts'

const bearer = '-H "Authorization: Bearer $API_TOKEN"'
const json = 'https://api.clients.test/json'
const curl = { skip: skipWithout('curl') }
const wget = { skip: skipWithout('wget') }
const uploadBytes = 50_000_000

/** curl and wget, in all the ways in which they are given a credential. */
export const transferTools: readonly ClientCase[] = [
  {
    name: 'curl with a bearer field',
    script: () => `curl -sS --fail ${bearer} ${json}`,
    prints: /^\{"ok":true\}$/,
    presents: presentsApiKey,
    ...curl,
  },
  {
    name: 'curl --oauth2-bearer',
    script: () => `curl -sS --fail --oauth2-bearer "$API_TOKEN" ${json}`,
    prints: /^\{"ok":true\}$/,
    presents: presentsApiKey,
    ...curl,
  },
  {
    name: 'curl -u user:password',
    script: () => 'curl -sS --fail -u "agent:$LOGIN_TOKEN" https://login.clients.test/json',
    prints: /^\{"ok":true\}$/,
    presents: presentsLogin,
    ...curl,
  },
  {
    name: 'curl --digest, after a challenge',
    script: () => 'curl -sS --fail --digest -u "agent:$FILES_PASSWORD" https://files.clients.test/json',
    prints: /^\{"ok":true\}$/,
    presents: () => ['Digest'],
    ...curl,
  },
  {
    name: 'curl with user and password in the address',
    script: () => 'curl -sS --fail "https://agent:$LOGIN_TOKEN@login.clients.test/json"',
    prints: /^\{"ok":true\}$/,
    presents: presentsLogin,
    ...curl,
  },
  {
    name: 'curl with a .netrc file',
    script: () => `
      echo "machine login.clients.test login agent password $LOGIN_TOKEN" > netrc
      curl -sS --fail --netrc-file netrc https://login.clients.test/json`,
    prints: /^\{"ok":true\}$/,
    presents: presentsLogin,
    ...curl,
  },
  {
    name: 'curl -u key: as Stripe documents it',
    script: () => `
      curl -sS --fail -u "$STRIPE_SECRET_KEY:" -d amount=4200 -d currency=eur https://api.stripe.com/v1/payment_intents`,
    prints: /"status":"succeeded"/,
    presents: ({ stripe }) => [`Basic ${stripe.key.value}:`],
    ...curl,
  },
  {
    name: 'curl with x-api-key as Anthropic documents it',
    script: () => `
      curl -sS --fail -H "x-api-key: $ANTHROPIC_API_KEY" -H 'content-type: application/json' \
        -d '{"model":"fixture-1"}' https://api.anthropic.com/v1/messages`,
    prints: /The key stayed at the door/,
    presents: ({ anthropic }) => [`x-api-key ${anthropic.key.value}`],
    ...curl,
  },
  {
    name: 'curl with forty requests, ten at a time',
    script: () => `
      curl -sS --fail -Z --parallel-max 10 ${bearer} "${json}?[1-40]" -o '#1.json'
      cat *.json | grep -o '"ok":true' | wc -l`,
    prints: /^40$/m,
    presents: presentsApiKey,
    ...curl,
  },
  {
    name: 'curl with a 50 MB upload that waits for 100 Continue',
    script: () => `
      head -c ${uploadBytes} /dev/urandom > big
      curl -sS --fail -v -H 'Expect: 100-continue' ${bearer} --data-binary @big https://api.clients.test/upload 2> log > answer
      grep -oE 'HTTP/(1.1|2) 100' log
      grep -o '"bytes":${uploadBytes}' answer
      grep -c "$(sha256sum big | cut -c1-64)" answer`,
    prints: new RegExp(`^HTTP/(?:1.1|2) 100\n"bytes":${uploadBytes}\n1$`),
    presents: presentsApiKey,
    ...curl,
  },
  {
    name: 'curl with an upload from a pipe, in chunks',
    script: () => `
      head -c 3000000 /dev/urandom > big
      cat big | curl -sS --fail ${bearer} -T - -X POST https://api.clients.test/upload > answer
      grep -c "$(sha256sum big | cut -c1-64)" answer`,
    prints: /^1$/,
    presents: presentsApiKey,
    ...curl,
  },
  {
    name: 'wget with a bearer field',
    script: () => `wget -q -O - --header="Authorization: Bearer $API_TOKEN" ${json}`,
    prints: /^\{"ok":true\}$/,
    presents: presentsApiKey,
    ...wget,
  },
  {
    name: 'wget --user --password, after a challenge',
    script: () => 'wget -q -O - --user=agent --password="$LOGIN_TOKEN" https://login.clients.test/json',
    prints: /^\{"ok":true\}$/,
    presents: presentsLogin,
    ...wget,
  },
]
