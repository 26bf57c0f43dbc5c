import type { ProblemCode } from '@coatcheck/contract'
import type { ZodType } from 'zod'
import type { Access } from './gate.ts'

/** What one route is, for whom, and how it answers. The doors and the OpenAPI document both go by it. */
export interface RouteDocumentation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` where a part varies. */
  readonly path: string
  /** One line. */
  readonly summary: string
  /** From auditors up for GET, from operators up for the rest, when absent. */
  readonly access?: Access
  /** It concerns every project: for those who govern the installation, and no other project's. */
  readonly ofInstallation?: true
  /** Parameters of the query; none are taken when absent. */
  readonly query?: ZodType
  /** The JSON body; none is taken when absent. */
  readonly body?: ZodType
  readonly reply: {
    readonly status: number
    readonly description: string
    /** `json` when absent. `events`: server-sent, as long as the client reads. `either`: events when the query asks for them. */
    readonly form?: 'json' | 'events' | 'either' | 'text' | 'bytes'
  }
  /** Beside those that every route may answer with. */
  readonly problems?: readonly ProblemCode[]
}

/** Whom a route is for. */
export function accessOf({ access, method }: RouteDocumentation): Access {
  return access ?? (method === 'GET' ? 'auditor' : 'operator')
}

/** Whether a documented path is that of one resource, or of something below it. */
export function isBelowResource(path: string): boolean {
  return /^\/v1\/[^/]+\/\{/.test(path)
}
