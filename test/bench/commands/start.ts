import { setTimeout as wait } from 'node:timers/promises'
import type { Sample } from '../report/result.ts'
import { deploy, type Deployed, type Deployment } from './deployment.ts'
import { Launched } from './launched.ts'
import type { Supervisor } from './supervisors.ts'
import type { Workspace } from './workspace.ts'

/** From ready until the memory is looked at. */
const IDLE_MS = 1000

export interface Start {
  readonly supervisor: Supervisor
  readonly deployment: Deployment
  readonly workspace: Workspace
}

/** Starts a deployment, has a look, and stops it whatever happens: times, and the memory when it has been idle for a moment. */
export async function start({ supervisor, deployment, workspace }: Start, look?: (deployed: Deployed) => Promise<Sample>): Promise<Sample> {
  const deployed = await deploy(deployment, workspace.folder)
  const launched = new Launched(await supervisor(deployed), workspace)
  try {
    const times = await launched.started()
    await wait(IDLE_MS)
    const memory = workspace.tree.memory()
    return { ...times, ...memory, ...(await look?.(deployed)) }
  } finally {
    await launched.stop()
  }
}
