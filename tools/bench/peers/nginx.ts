import { freePort } from '../../../test/fixtures/free-port.ts'
import { findProgram } from '../measure/find-program.ts'
import { nginxSetup } from './nginx-setup.ts'
import { type Ground, type Peer, targetsAt } from './peer.ts'
import { programVersion } from './program-version.ts'

/** nginx as a TLS front that swaps a header: it cannot intercept, and marks the limit of what is possible. */
export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx (TLS front)',
  version: () => programVersion('nginx', ['-v'], /nginx\/([\d.]+)/),
  async prepare(ground) {
    const port = await freePort()
    const setup = nginxSetup(findProgram('nginx') ?? 'nginx', ground.folder, 'nginx')
    const command = setup.write(directives(ground, port))
    const { placeholder: credential, root: ca } = ground
    return { start: { command, port }, route: { targets: targetsAt(ground, port), ca, credential } }
  },
}

function directives(ground: Ground, port: number): string {
  const { credential, frontCertificateFile, frontKeyFile, hosts, placeholder, ports, rootFile } = ground
  const services = (['api', 'stream'] as const).map(
    (name) => `
    upstream ${name} { server 127.0.0.1:${ports[name]}; keepalive 128; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${port} ssl http2${name === 'api' ? ' backlog=4096' : ''};
      server_name ${hosts[name]};
      location / {
        proxy_pass https://${name};
        proxy_http_version 1.1;
        proxy_set_header Host ${hosts[name]};
        proxy_set_header Connection "";
        proxy_set_header Authorization $swapped;
        proxy_ssl_name ${hosts[name]};
      }
    }`,
  )
  return `
    map_hash_bucket_size 256;
    map $http_authorization $swapped {
      default $http_authorization;
      "Bearer ${placeholder}" "Bearer ${credential}";
    }
    ssl_certificate ${frontCertificateFile};
    ssl_certificate_key ${frontKeyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:front:4m;
    proxy_ssl_verify on;
    proxy_ssl_server_name on;
    proxy_ssl_trusted_certificate ${rootFile};
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_buffering off;
    proxy_request_buffering off;
    client_max_body_size 0;
    ${services.join('\n')}`
}
