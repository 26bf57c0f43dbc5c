import { spawnSync } from 'node:child_process'
import { skipWithout } from '../../fixtures/requirements.ts'
import { type ClientCase, presentsApiKey } from '../client-case.ts'

/** Reason to skip when a program of the system cannot do what is asked of it, or `false`. */
function skipUnless(reason: string, program: string, ...args: readonly string[]): string | false {
  const env = { PATH: '/usr/bin:/bin' }
  return spawnSync(program, args, { stdio: 'ignore', env }).status === 0 ? false : reason
}

/** Clients that are tried where the machine happens to have them. */
export const otherClients: readonly ClientCase[] = [
  {
    name: 'openssl s_client, which verifies the chain',
    script: () => `
      lines='GET /json HTTP/1.1\\r\\nHost: api.clients.test\\r\\nAuthorization: Bearer %s\\r\\nConnection: close\\r\\n\\r\\n'
      printf "$lines" "$API_TOKEN" |
        openssl s_client -quiet -verify_return_error -verify_hostname api.clients.test -connect api.clients.test:443`,
    prints: /^HTTP\/1\.1 200 OK\r\n.*\{"ok":true\}/s,
    presents: presentsApiKey,
    skip: skipWithout('openssl'),
    fencedOnly: 'it reads no proxy from its environment',
  },
  {
    name: 'Perl’s HTTP::Tiny',
    script: ({ inside }) => `/usr/bin/perl ${inside}/http-tiny.pl`,
    prints: /^200 \{"ok":true\}$/,
    presents: presentsApiKey,
    skip: skipUnless('Perl or its IO::Socket::SSL is not installed', '/usr/bin/perl', '-MIO::Socket::SSL', '-e', '1'),
  },
  {
    name: 'Java’s HttpClient, told of the proxy by its program',
    script: ({ inside }) => `/usr/bin/java ${inside}/Client.java`,
    prints: /^200 \{"ok":true\}$/,
    presents: presentsApiKey,
    skip: skipUnless('no Java development kit is installed', '/usr/bin/javac', '-version'),
  },
  {
    name: 'PHP’s curl',
    script: ({ inside }) => `/usr/bin/php ${inside}/client.php`,
    prints: /^200 \{"ok":true\}$/,
    presents: presentsApiKey,
    skip: skipUnless(
      'PHP or its curl is not installed',
      '/usr/bin/php',
      '-r',
      'exit(function_exists("curl_init") ? 0 : 1);',
    ),
  },
  {
    name: 'Go’s net/http',
    script: ({ inside }) => `GOCACHE="$PWD/cache" /usr/bin/go run ${inside}/client.go`,
    prints: /^200 \{"ok":true\}$/,
    presents: presentsApiKey,
    skip: skipUnless('Go is not installed', '/usr/bin/go', 'version'),
  },
]
