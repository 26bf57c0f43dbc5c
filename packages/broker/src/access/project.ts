/** A project as it is kept. The one that is always there has no row. */
export interface Project {
  readonly name: string
  readonly createdAt: string
}
