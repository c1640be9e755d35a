import type { RuntimeEvent } from '../../src/model/events.ts'
import { formatWorkerId } from '../../src/model/ids.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import { PoolSupervisor } from '../../src/pool/pool-supervisor.ts'
import type { Routing } from '../../src/pool/routing.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { serviceSpec } from '../support/specs.ts'
import { PuppetLauncher } from './puppet-launcher.ts'

/** A pool of puppets, and what it has done as a list. */
export function createPool(overrides: Partial<ServiceSpec> = {}, { mayKillBlocked = true } = {}) {
  const clock = new FakeClock()
  const launcher = new PuppetLauncher()
  const facts: string[] = []
  const routing: Routing = {
    join: (worker) => void facts.push(`join ${formatWorkerId(worker.id)}`),
    leave: (worker) => void facts.push(`leave ${formatWorkerId(worker)}`),
    route: (worker) => Promise.resolve(void facts.push(`route ${formatWorkerId(worker.id)}`)),
    unroute: (worker) => Promise.resolve(void facts.push(`unroute ${formatWorkerId(worker)}`)),
    receive: () => undefined,
  }
  const emit = (event: RuntimeEvent) => void facts.push(event.type)
  const pool = new PoolSupervisor({
    spec: serviceSpec(overrides),
    launcher,
    routing,
    clock,
    random: () => 0.5,
    emit,
    onOutput: () => undefined,
    onFiles: () => undefined,
    mayKillBlocked: () => mayKillBlocked,
    onChange: () => undefined,
  })
  return { clock, launcher, facts, pool }
}
