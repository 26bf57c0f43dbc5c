import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providers } from '@coatcheck/catalog'
import { newPlaceholder } from './placeholder.ts'

/** Placeholders of each shape that are looked at. */
const samples = 1_000

/** What published scanners for leaked keys look for, beside the catalog's own shapes; each with the text around a hit. */
const scannerForms: readonly RegExp[] = [
  /\bsk-(?:proj|svcacct|admin)-[\w-]{20,74}T3BlbkFJ[\w-]{20,74}\b/,
  /\bsk-ant-(?:api03|admin01)-[\w-]{93}AA\b/,
  /\bsk-ant-o[ar]t01-[\w-]{60,}\b/,
  /\bsk-or-v1-[0-9a-f]{64}\b/,
  /\bsk-[a-zA-Z0-9]{20,}\b/,
  /\b(?:sk|rk)_(?:test|live|prod)_[a-zA-Z0-9]{10,99}\b/,
  /\bgh[pousr]_[0-9a-zA-Z]{36}\b/,
  /\bgithub_pat_\w{82}\b/,
  /\bgl(?:pat|rt|dt|soat|ft|imt|oas|agent)-[\w-]{20}\b(?!-)(?<=[0-9a-zA-Z_]{20})/,
  /\bglptt-[0-9a-f]{40}\b/,
  /\bxox[bpe](?:-[0-9]{10,13}){2,3}-?[a-zA-Z0-9-]*\b/,
  /\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+\b/,
  /\bAIza[\w-]{35}\b/,
  /\bAQ\.[A-Za-z0-9_-]{50}\b/,
  /\bhf_[a-zA-Z]{34}\b/,
  /\bapi_org_[a-zA-Z]{34}\b/,
  /\bpplx-[a-zA-Z0-9]{48}\b/,
  /\bxai-[0-9a-zA-Z_]{70,}\b/,
  /\bgsk_[a-zA-Z0-9]{52}\b/,
  /\bntn_[0-9]{11}[A-Za-z0-9]{35}\b/,
  /\bsecret_[a-zA-Z0-9]{43}\b/,
  /\blin_api_[a-zA-Z0-9]{40}\b/,
  /\bsntryu_[a-f0-9]{64}\b/,
  /\bsntrys_eyJ[a-zA-Z0-9+/]{20,}/,
  /\bSG\.[a-zA-Z0-9=_.-]{66}\b/,
  /\bnpm_[a-zA-Z0-9]{36}\b/,
  /\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}\b/,
  /\bdo[pro]_v1_[a-f0-9]{64}\b/,
  /\br8_[0-9A-Za-z_-]{37}\b/,
  /\bfc-[0-9a-f]{32}\b/,
  /\btvly-(?:dev-|prod-)?[A-Za-z0-9]{32}\b/,
  /\bpat[a-zA-Z0-9]{14}\.[a-f0-9]{64}\b/,
  /\bfigd_[\w-]{40}\b/,
  /\b[0-9]{5,16}:A[a-zA-Z0-9_-]{34}\b/,
  /\bkey-[a-f0-9]{32}\b/,
  /\bA(?:KIA|SIA)[A-Z2-7]{16}\b/,
  /\beyJ[\w-]{17,}\.eyJ[\w-]{17,}\./,
]

/** Shapes of the catalog that tell a key from any other word. */
const shapes = providers.flatMap(({ id, keyShapes }) => keyShapes.map((shape) => ({ id, shape })))

for (const { id, shape } of [{ id: 'any', shape: undefined }, ...shapes]) {
  test(`S2: scanners stay quiet about ${samples} placeholders for a key of ${id} (${shape?.label ?? 'unknown form'})`, () => {
    for (let count = 0; count < samples; count += 1) {
      const text = newPlaceholder(shape)
      for (const form of scannerForms) assert.doesNotMatch(`KEY="${text}"`, form)
      for (const other of shapes) {
        if (other.shape.prefix !== '') assert.doesNotMatch(text, other.shape.pattern)
      }
    }
  })
}
