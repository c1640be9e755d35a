import type { ServiceSpec } from '../../src/model/spec.ts'
import { EventBus } from '../../src/runtime/event-bus.ts'
import { ServiceKeeper } from '../../src/runtime/service-keeper.ts'
import { PoolSupervisor } from '../../src/pool/pool-supervisor.ts'
import { PuppetLauncher } from '../pool/puppet-launcher.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { serviceSpec } from '../support/specs.ts'

/** A service of puppets, ready, with its events. */
export async function runningKeeper(overrides: Partial<ServiceSpec> = {}) {
  const clock = new FakeClock()
  const bus = new EventBus(clock)
  const launcher = new PuppetLauncher()
  const spec = serviceSpec(overrides)
  const done = () => Promise.resolve()
  const keeper = new ServiceKeeper({ spec, clock, emit: bus.emit, onFailed: () => {}, onState: () => {} }, (onChange) => {
    const routing = { join: () => {}, leave: () => {}, route: done, unroute: done, receive: () => {} }
    const ports = { clock, random: () => 0.5, emit: bus.emit, onOutput: () => {}, onFiles: () => {} }
    return new PoolSupervisor({ spec, launcher, routing, ...ports, onChange })
  })
  const started = keeper.start()
  for (const worker of launcher.workers) worker.settles()
  await started
  const types: string[] = []
  bus.journal.listen(({ event }) => types.push(event.type))
  return { clock, bus, launcher, keeper, types }
}
