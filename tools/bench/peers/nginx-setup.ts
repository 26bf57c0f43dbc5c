import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../measure/pinned.ts'

/** A folder for an nginx, and how it gets its configuration. */
export interface NginxSetup {
  readonly folder: string
  /** Writes the configuration around these directives of `http`, and says how it is started. */
  write(http: string): Command
}

/** Makes the folder of one nginx with one worker, which leaves no log. */
export function nginxSetup(program: string, parent: string, name: string): NginxSetup {
  const folder = join(parent, name)
  mkdirSync(folder, { recursive: true })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return {
    folder,
    write(http) {
      const file = join(folder, 'nginx.conf')
      const paths = temporary.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n    ')
      writeFileSync(
        file,
        `
  daemon off;
  pid ${join(folder, 'nginx.pid')};
  error_log ${join(folder, 'error.log')} error;
  worker_processes 1;
  worker_rlimit_nofile 40000;
  ${process.getuid?.() === 0 ? 'user root;' : ''}
  events { worker_connections 20000; }
  http {
    ${paths}
    access_log off;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    ${http}
  }
`,
      )
      return { file: program, args: ['-p', folder, '-e', join(folder, 'error.log'), '-c', file] }
    },
  }
}
