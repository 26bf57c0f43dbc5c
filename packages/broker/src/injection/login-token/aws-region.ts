import type { TextOption } from '../define-injector.ts'

/** Region in the name of a database of RDS or Aurora, and of a proxy before one. */
const ofDatabase = /\.([a-z]{2,3}(?:-[a-z]+)+-\d{1,2})\.rds\.amazonaws\.com(?:\.cn)?$/

/** Option `region`. */
export const regionOption = {
  type: 'text',
  required: false,
  allowed: 'a region of AWS, such as eu-central-1',
  accepts: (text: string) => /^[a-z]{2,3}(?:-[a-z]+)+-\d{1,2}$/.test(text),
} as const satisfies TextOption

/** The region that the name of a database says; undefined where it says none. */
export function regionOf(host: string): string | undefined {
  return ofDatabase.exec(host)?.[1]
}
