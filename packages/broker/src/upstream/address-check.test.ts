import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressCheck } from './address-check.ts'
import { type AddressClass, classifyAddress } from './address-class.ts'

const classes: Record<AddressClass, readonly string[]> = {
  public: [
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
    ],
    ...[
      '169.253.255.255',
      '169.255.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.167.255.255',
      '192.169.0.0',
      '192.0.1.0',
    ],
    ...['198.17.255.255', '198.20.0.0', '203.0.112.255', '203.0.114.0', '223.255.255.255'],
    ...['2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001:80b::200e', '2001:200::1', '2003::1'],
  ],
  private: [
    ...['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
    ...['fc00::', 'fd12:3456:789a::1', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ],
  loopback: ['127.0.0.0', '127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1'],
  special: [
    ...['100.64.0.0', '100.127.255.255', '192.0.0.1', '192.0.2.1', '192.31.196.1', '192.52.193.1', '192.88.99.1'],
    ...[
      '192.175.48.1',
      '198.18.0.0',
      '198.19.255.255',
      '198.51.100.1',
      '203.0.113.255',
      '240.0.0.0',
      '255.255.255.254',
    ],
    ...[
      '2001:2::1',
      '2001:20::1',
      '2001:10::1',
      '2001:1ff:ffff::1',
      '2001:db8::1',
      '2620:4f:8000::1',
      '3fff::1',
      '3ffe::1',
    ],
    ...['100::1', '100:0:0:1::1', '5f00::1', '4000::1', 'fec0::1', 'fe00::1', '1::1', '400::1', 'e000::1'],
  ],
  metadata: [
    ...['169.254.169.254', '169.254.170.2', '169.254.170.23', '169.254.0.0', '169.254.255.255', '100.100.100.200'],
    ...[
      '168.63.129.16',
      '192.0.0.192',
      'fd00:ec2::254',
      'fd00:ec2::23',
      'fd20:ce::254',
      'fe80::1',
      'fe80::a9fe:a9fe',
      'febf::1',
    ],
  ],
  unusable: [
    ...['0.0.0.0', '0.1.2.3', '224.0.0.1', '239.255.255.255', '255.255.255.255', '::', 'ff02::1', 'ffff::1'],
    ...[
      '::ffff:8.8.8.8',
      '::ffff:127.0.0.1',
      '::ffff:a9fe:a9fe',
      '0:0:0:0:0:ffff:10.0.0.1',
      '::8.8.8.8',
      '::127.0.0.1',
      '::2',
    ],
    ...[
      '::ffff:0:169.254.169.254',
      '64:ff9b::8.8.8.8',
      '64:ff9b::169.254.169.254',
      '64:ff9b:1::1',
      '64:ff9b:1:ffff::a00:1',
    ],
    ...['2002:7f00:1::1', '2002:a9fe:a9fe::', '2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ...['2606:4700::5efe:10.0.0.1', '2606:4700::200:5efe:169.254.169.254', 'fe80::5efe:8.8.8.8', 'fd00::5efe:7f00:1'],
    ...[
      '',
      'localhost',
      '0x7f.1',
      '0x7f000001',
      '127.1',
      '2130706433',
      '0177.0.0.1',
      '127.0.0.01',
      '127.0.0.1.',
      '[::1]',
    ],
    ...['fe80::1%eth0', '::1%lo', '8.8.8.8:53', '8.8.8.8/32', ' 8.8.8.8', '8.8.8.8\0', '1.2.3.256', '::g', '::1::'],
  ],
}

for (const [name, addresses] of Object.entries(classes)) {
  for (const address of addresses) {
    test(`${JSON.stringify(address)} is ${name} (R-122, AC-15.2)`, () => assert.equal(classifyAddress(address), name))
  }
}

const nothing = {}
const openings = { nothing, allowPrivate: { allowPrivate: true }, pinned: { pinned: true } }
const passing: Record<keyof typeof openings, readonly AddressClass[]> = {
  nothing: ['public'],
  allowPrivate: ['public', 'private', 'loopback'],
  pinned: ['public', 'private', 'loopback', 'special'],
}

for (const [opening, allowance] of Object.entries(openings)) {
  test(`what may be dialled with ${opening} (R-122, AC-15.2)`, () => {
    const check = new AddressCheck([])
    for (const [name, addresses] of Object.entries(classes)) {
      for (const address of addresses) {
        const passes = passing[opening as keyof typeof openings].includes(name as AddressClass)
        assert.equal(check.prohibition(address, 443, allowance), passes ? undefined : name, address)
      }
    }
  })
}

test('no IPv4 address passes in an IPv6 form, whatever is allowed (R-122)', () => {
  const forms = ['::ffff:', '::', '64:ff9b::', '::ffff:0:', '2606:4700::5efe:', '2606:4700::200:5efe:']
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom(...forms), (address, form) => {
      const check = new AddressCheck([])
      const found = check.prohibition(form + address, 443, { allowPrivate: true, pinned: true })
      assert.ok(found !== undefined || form + address === '::0.0.0.1')
    }),
  )
})

test('any text is classified, and only literals of global unicast are public', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
      if (classifyAddress(text) === 'public')
        assert.match(text, /^(?:\d{1,3}(?:\.\d{1,3}){3}|[23][0-9a-f]{3}:[0-9a-f:.]*)$/i)
    }),
    { numRuns: 2_000 },
  )
})

test('the broker’s own listeners are never dialled (R-119)', () => {
  const own = [
    { address: '127.0.0.1', port: 7443 },
    { address: '10.0.0.5', port: 5432 },
    { address: '::1', port: 7443 },
  ]
  const check = new AddressCheck(own)
  for (const allowance of [{ allowPrivate: true }, { pinned: true }]) {
    assert.equal(check.prohibition('127.0.0.1', 7443, allowance), 'own')
    assert.equal(check.prohibition('10.0.0.5', 5432, allowance), 'own')
    assert.equal(check.prohibition('0:0:0:0:0:0:0:1', 7443, allowance), 'own')
    assert.equal(check.prohibition('127.0.0.1', 7444, allowance), undefined)
    assert.equal(check.prohibition('10.0.0.6', 5432, allowance), undefined)
  }
  own.push({ address: '127.0.0.1', port: 7444 })
  assert.equal(check.prohibition('127.0.0.1', 7444, { pinned: true }), 'own')
})

for (const wildcard of ['0.0.0.0', '::']) {
  test(`a listener on ${wildcard} is the broker’s own on every address of the machine (R-119)`, () => {
    const check = new AddressCheck([{ address: wildcard, port: 7443 }])
    const local = Object.values(networkInterfaces()).flatMap((entries = []) => entries.map(({ address }) => address))
    const usable = local.filter((address) => !['metadata', 'unusable'].includes(classifyAddress(address)))
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', ...usable]) {
      assert.equal(check.prohibition(address, 7443, { pinned: true }), 'own', address)
      assert.equal(check.prohibition(address, 443, { pinned: true }), undefined, address)
    }
    assert.equal(check.prohibition('10.254.253.252', 7443, { pinned: true }), undefined)
  })
}
