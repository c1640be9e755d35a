import { deploy, type Deployed, type Deployment } from './deployment.ts'
import { Launched } from './launched.ts'
import type { Command, Supervisor } from './supervisors.ts'
import { Workspace } from './workspace.ts'

export interface Plan {
  readonly name: string
  readonly supervisor: Supervisor
  readonly deployment: Deployment
}

/** Somebody who has been started, in a workspace of his own. */
export interface Running {
  readonly command: Command
  readonly deployed: Deployed
  readonly workspace: Workspace
}

/** Starts all one after the other, and stops them again whatever happens. */
export function withLaunched<T>(plans: readonly Plan[], use: (running: ReadonlyMap<string, Running>) => Promise<T>): Promise<T> {
  return launchNext(plans, { use, running: new Map() })
}

interface Progress<T> {
  readonly use: (running: ReadonlyMap<string, Running>) => Promise<T>
  readonly running: ReadonlyMap<string, Running>
}

async function launchNext<T>([plan, ...rest]: readonly Plan[], { use, running }: Progress<T>): Promise<T> {
  if (!plan) return await use(running)
  return await Workspace.with(async (workspace) => {
    const deployed = await deploy(plan.deployment, workspace.folder)
    const command = await plan.supervisor(deployed)
    const launched = new Launched(command, workspace)
    try {
      await launched.started()
      return await launchNext(rest, { use, running: new Map([...running, [plan.name, { command, deployed, workspace }]]) })
    } finally {
      await launched.stop()
    }
  })
}
