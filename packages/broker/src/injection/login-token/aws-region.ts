import { awsRegionOption } from '../option-forms.ts'

/** Region in the name of a database of RDS or Aurora, and of a proxy before one. */
const ofDatabase = /\.([a-z]{2,3}(?:-[a-z]+)+-\d{1,2})\.rds\.amazonaws\.com(?:\.cn)?$/

/** Option `region`, which many names say by themselves. */
export const regionOption = { ...awsRegionOption, required: false } as const

/** The region that the name of a database says; undefined where it says none. */
export function regionOf(host: string): string | undefined {
  return ofDatabase.exec(host)?.[1]
}
