import { type BrokerStatus, installationProject } from '@coatcheck/contract'
import type { AdminServices } from '../admin/services.ts'
import type { Explainer } from '../egress/explain/explainer.ts'
import { type CheckupParts, checkUp } from './checkup.ts'

/** What is different from project to project. */
type ProjectServices = Pick<AdminServices, 'checkUp' | 'explain' | 'project' | 'status'>

/** What every project has of a status, and what each has for itself. */
type Contents = Pick<BrokerStatus, 'sandboxes' | 'secrets' | 'vault'>

/** What the services of a project are made of. */
export interface ProjectServicesParts extends Omit<CheckupParts, 'project'> {
  readonly explainer: Pick<Explainer, 'explain'>
  everyProject(): readonly string[]
  contentsOf(projects: () => readonly string[]): Contents
  installation(): Omit<BrokerStatus, keyof Contents>
}

/** Gives the services that are a project's own. The counts of the installation's project are those of all. */
export function projectServices(parts: ProjectServicesParts): (project: string) => ProjectServices {
  const { contentsOf, everyProject, explainer, installation } = parts
  return (project) => {
    const counted = project === installationProject ? everyProject : () => [project]
    return {
      project,
      checkUp: () => checkUp({ ...parts, project }),
      explain: (request) => explainer.explain(project, request),
      status: () => ({ ...installation(), ...contentsOf(counted) }),
    }
  }
}
