import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { blobs, openRegistryStage, type RegistryStage, registry } from './registry-stage.ts'
import type { ScriptEnd } from './sandbox-shell.ts'

const image = `${registry}/acme/shop:1`
const pushedTo = `${registry}/acme/window:2`
const isRoot = process.getuid?.() === 0
const skipWith = (...programs: readonly string[]): string | false =>
  isRoot ? skipWithout('bash', 'unshare', ...programs) : 'unpacking an image as Debian’s programs do needs root'

let stages: Promise<RegistryStage> | undefined
const onStage = (): Promise<RegistryStage> => {
  stages ??= openRegistryStage()
  return stages
}
after(async () => (await stages)?.[Symbol.asyncDispose]())

/** What these programs keep for all of a machine is kept here for one script, and whatever it starts ends with it. */
const apart = [
  'etc=$(mktemp -d) && cp -a /etc/. "$etc" && mount --bind "$etc" /etc',
  'for folder in /run /var/lib /opt; do mount -t tmpfs none $folder; done',
]

/** Runs a script without quotes of its own, as root of its own mounts and processes. */
async function runApart(...lines: readonly string[]): Promise<ScriptEnd> {
  const script = ['set -e', `PATH=${process.env['PATH']}:/usr/sbin:/sbin`, ...apart, ...lines].join('\n')
  assert.ok(!script.includes("'"))
  const { run } = await onStage()
  return run(`unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh -c '${script}'`)
}

const waitFor = (socket: string): string => `until [ -S ${socket} ]; do kill -0 $daemon; sleep 0.1; done`

async function pulledFrom(since: number): Promise<ReadonlySet<string>> {
  const { service } = await onStage()
  const calls = service.called.slice(since)
  assert.ok(calls.some(({ host, authorization }) => host === registry && authorization !== undefined))
  for (const { authorization, host } of calls) if (host === blobs) assert.equal(authorization, undefined)
  return new Set(calls.filter(({ status }) => status === 200).map(({ host }) => host))
}

for (const program of ['podman', 'buildah']) {
  test(`G7: ${program} logs in, pulls, unpacks, and pushes by the login that may`, {
    skip: skipWith(program),
  }, async () => {
    const { service } = await onStage()
    const before = service.called.length
    const tool = `${program} --storage-driver vfs --root $HOME/${program}.root --runroot /run/${program}`
    const { exit, stderr, stdout } = await runApart(
      `printf %s "$PULL" | ${tool} login --authfile $HOME/login.json -u ann --password-stdin ${registry}`,
      'grep -q "$(printf ann:%s "$PULL" | base64 -w0)" $HOME/login.json',
      `${tool} pull --authfile $HOME/login.json ${image}`,
      `${tool} images`,
      `${tool} push --creds "ann:$PUSH" ${image} docker://${pushedTo}`,
      `if ${tool} push --creds "ann:$PULL" ${image} docker://${registry}/acme/other:2; then exit 9; fi`,
    )
    assert.equal(exit, 0, stderr)
    assert.match(stdout, new RegExp(`${registry}/acme/shop`))
    assert.ok((await pulledFrom(before)).has(blobs))
    const written = service.called.slice(before).filter(({ method, status }) => method === 'PUT' && status < 300)
    assert.ok(written.some(({ target }) => target === '/v2/acme/window/manifests/2'))
    assert.ok(!written.some(({ target }) => target.includes('/acme/other/')))
  })
}

test('G7: containerd is filled by its client, with what the login allows', {
  skip: skipWith('containerd', 'ctr'),
}, async () => {
  const { service } = await onStage()
  const before = service.called.length
  const client = 'ctr -a $HOME/containerd.sock'
  const { exit, stderr, stdout } = await runApart(
    'printf "version = 2\\nroot = \\"$HOME/ctr.root\\"\\nstate = \\"$HOME/ctr.run\\"\\n" > $HOME/containerd.toml',
    'printf "disabled_plugins = [\\"io.containerd.grpc.v1.cri\\"]\\n" >> $HOME/containerd.toml',
    'printf "[grpc]\\naddress = \\"$HOME/containerd.sock\\"\\n" >> $HOME/containerd.toml',
    'containerd -c $HOME/containerd.toml > $HOME/containerd.log 2>&1 & daemon=$!',
    waitFor('$HOME/containerd.sock'),
    `${client} images pull --user "ann:$PULL" --snapshotter native ${image}`,
    `${client} images ls -q`,
    `if ${client} images pull --user "ann:$PUSH" --snapshotter native ${registry}/private/tool:1; then exit 9; fi`,
  )
  assert.equal(exit, 0, stderr)
  assert.match(stdout, new RegExp(`^${image}$`, 'm'))
  assert.ok((await pulledFrom(before)).has(blobs))
  assert.match(stderr, /403|denied|failed/i)
})

test('G7: a daemon of docker that is started with a placeholder’s environment pulls by the login of its client', {
  skip: skipWith('docker', 'dockerd', 'containerd'),
}, async () => {
  const { service } = await onStage()
  const before = service.called.length
  const without = 'iptables ip6tables ip-forward ip-masq userland-proxy'.split(' ').map((name) => `--${name}=false`)
  const { exit, stderr, stdout } = await runApart(
    'export DOCKER_HOST=unix://$HOME/docker.sock DOCKER_CONFIG=$HOME/docker.client',
    `dockerd -H $DOCKER_HOST --data-root $HOME/docker.root --exec-root $HOME/docker.run -p $HOME/docker.pid \
      --storage-driver vfs --bridge=none ${without.join(' ')} > $HOME/docker.log 2>&1 & daemon=$!`,
    waitFor('$HOME/docker.sock'),
    `printf %s "$PULL" | docker login -u ann --password-stdin ${registry}`,
    `docker pull -q ${image}`,
    'docker images',
    `docker tag ${image} ${pushedTo}`,
    `if docker push -q ${pushedTo}; then exit 9; fi`,
    'kill $daemon',
    'wait $daemon',
  )
  assert.equal(exit, 0, stderr)
  assert.match(stdout, new RegExp(`${registry}/acme/shop +1 `))
  assert.ok((await pulledFrom(before)).has(blobs))
  const written = service.called.slice(before).filter(({ method, status }) => method === 'PUT' && status < 300)
  assert.deepEqual(written, [])
})
