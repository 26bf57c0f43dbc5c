import assert from 'node:assert/strict'
import { startCertificateService } from '../../fixtures/certificate-service.ts'
import { createTlsRoot } from '../../fixtures/tls-root.ts'
import { register } from '../registered.ts'
import type { Door } from './door.ts'

const host = 'erp.certificate.test'

/** A client certificate, whose key stays here, shown to a service that has got hold of the key and says it. */
export const clientCertificate: Door = {
  name: 'a client certificate, at a service that repeats its key',
  once: true,
  async walk(stage) {
    const { root } = stage.services
    const clients = createTlsRoot()
    const { certificate, key } = clients.client('the-client')
    // The first line has what all keys have, and the last one is short.
    for (const line of key.split('\n').slice(2, -2)) if (line.length >= 48) stage.learn(line)
    await using service = await startCertificateService(root, clients, [host])
    service.says = key
    const pin = { address: '127.0.0.1', port: service.port }
    const scopes = [{ to: host, inject: { kind: 'mtls' }, pin, roots: root.certificate }]
    await stage.client.secrets.create({ name: 'erp', value: key + certificate, scopes })
    const sandbox = await register(stage, { secrets: { ERP: 'erp' } })
    await sandbox.sendByEach({ host, secret: 'erp', target: '/orders' })
    assert.ok(service.requests.length > 0)
    assert.deepEqual([...new Set(service.requests.map(({ client }) => client))], ['the-client'])
    for (const value of [key, `${key}${key}`, certificate]) {
      const { status } = await stage.ask({ method: 'POST', path: '/v1/secrets/erp/rotate', body: { value } })
      assert.equal(status, 422)
    }
    await stage.client.sandboxes.end(sandbox.sandbox.id)
    await stage.client.secrets.delete('erp')
  },
}
