import { type ProblemCode, problems } from '@coatcheck/contract'
import { type ZodType, z } from 'zod'
import { accessOf, isBelowResource, type RouteDocumentation } from './route-documentation.ts'

/** Problems that every route may answer with. */
const usual: readonly ProblemCode[] = [
  'request_invalid',
  'origin_forbidden',
  'host_forbidden',
  'token_invalid',
  'role_insufficient',
  'rate_limited',
  'internal',
]
const withBody: readonly ProblemCode[] = ['request_too_large', 'media_type_unsupported']
const withCondition: readonly ProblemCode[] = ['precondition_failed']
const withKey: readonly ProblemCode[] = ['idempotency_mismatch']

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of the management API, made from the documentation of its routes. */
export function openapiDocument(documentation: readonly RouteDocumentation[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of documentation) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Coatcheck management API',
      version,
      description: 'What people and platforms ask of a broker. Not reachable from a sandbox.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'cct_<id>.<secret>' } },
      schemas: { Problem: problemSchema },
    },
  }
}

function operation(route: RouteDocumentation): Json {
  const access = accessOf(route)
  const fields = [...pathParameters(route.path), ...queryParameters(route.query), ...headerParameters(route)]
  return {
    operationId: operationId(route),
    summary: route.summary,
    'x-role': access,
    ...(access === 'anyone' ? { security: [] } : {}),
    ...(fields.length === 0 ? {} : { parameters: fields }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } } }),
    responses: { ...successes(route), ...failures(route) },
  }
}

function operationId({ method, path }: RouteDocumentation): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1')
  return [method.toLowerCase(), ...words].join('-')
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: ZodType | undefined): readonly Json[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = schemaOf(query) as {
    readonly properties?: Readonly<Record<string, Json>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function headerParameters({ method, path, reply }: RouteDocumentation): readonly Json[] {
  const field = (name: string, description: string): Json => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  })
  if (method === 'GET') return []
  const key = field('Idempotency-Key', 'The same key with the same request gives the same reply, for a day.')
  const match = field('If-Match', 'Acts only while the resource has this entity tag.')
  return [
    ...(method === 'POST' && (reply.form ?? 'json') === 'json' ? [key] : []),
    ...(isBelowResource(path) ? [match] : []),
  ]
}

const mediaTypes = {
  json: ['application/json'],
  events: ['text/event-stream'],
  either: ['application/json', 'text/event-stream'],
  text: ['text/plain'],
  bytes: ['application/octet-stream'],
} as const

function successes({ reply, method, path }: RouteDocumentation): Json {
  const { status, description, form = 'json' } = reply
  const content = Object.fromEntries(mediaTypes[form].map((type) => [type, { schema: {} }]))
  const isResource = isBelowResource(path) && method === 'GET' && path.endsWith('}')
  const tag = { ETag: { description: 'Changes with what an operator decided.', schema: { type: 'string' } } }
  return {
    [String(status)]: {
      description,
      ...(status === 204 ? {} : { content }),
      ...(isResource ? { headers: tag } : {}),
    },
  }
}

function failures(route: RouteDocumentation): Json {
  const isChange = route.method !== 'GET'
  const codes = new Set<ProblemCode>([
    ...(route.problems ?? []),
    ...(accessOf(route) === 'anyone' ? usual.filter((code) => !/^(token|role)_/.test(code)) : usual),
    ...(route.body === undefined ? [] : withBody),
    ...(isChange && isBelowResource(route.path) ? withCondition : []),
    ...(route.method === 'POST' ? withKey : []),
  ])
  const byStatus = Map.groupBy(codes, (code) => problems[code].status)
  const entries = [...byStatus].sort(([one], [other]) => one - other)
  return Object.fromEntries(
    entries.map(([status, found]) => [
      String(status),
      {
        description: found.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

/** Input schemas, as JSON Schema 2020-12, which is what OpenAPI 3.1 has. */
function schemaOf(schema: ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

const text = { type: 'string' }

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457.',
  required: ['type', 'title', 'status', 'detail', 'code', 'remedy'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { type: 'string', enum: Object.keys(problems) },
    remedy: text,
    rule: text,
    instance: { type: 'string', description: 'Id under which the broker’s log, or its journal, has the event.' },
  },
}
