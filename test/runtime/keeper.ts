import type { ServiceSpec } from '../../src/model/spec.ts'
import { EventBus } from '../../src/runtime/event-bus.ts'
import { ServiceKeeper } from '../../src/runtime/service-keeper.ts'
import { PoolSupervisor } from '../../src/pool/pool-supervisor.ts'
import { PuppetLauncher } from '../pool/puppet-launcher.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { serviceSpec } from '../support/specs.ts'

/** A service of puppets that nobody has started yet. `onChange` is called after every change of a slot. */
export function keeperOfPuppets(
  overrides: Partial<ServiceSpec> = {},
  onChange: (keeper: ServiceKeeper, clock: FakeClock) => void = () => {},
) {
  const clock = new FakeClock()
  const bus = new EventBus(clock)
  const launcher = new PuppetLauncher()
  const spec = serviceSpec(overrides)
  const done = () => Promise.resolve()
  const keeper: ServiceKeeper = new ServiceKeeper(
    { id: spec.id, clock, emit: bus.emit, onFailed: () => {}, onState: () => {} },
    (derive) => {
      const routing = { join: () => {}, leave: () => {}, route: done, unroute: done, receive: () => {} }
      const ports = { clock, random: () => 0.5, emit: bus.emit, onOutput: () => {}, onFiles: () => {}, mayKillBlocked: () => true }
      const changed = () => {
        derive()
        onChange(keeper, clock)
      }
      return new PoolSupervisor({ spec, launcher, routing, ...ports, onChange: changed })
    },
  )
  return { clock, bus, launcher, keeper }
}

/** A service of puppets, ready, with its events. */
export async function runningKeeper(overrides: Partial<ServiceSpec> = {}) {
  const { clock, bus, launcher, keeper } = keeperOfPuppets(overrides)
  const started = keeper.start()
  for (const worker of launcher.workers) worker.settles()
  await started
  const types: string[] = []
  bus.journal.listen(({ event }) => types.push(event.type))
  return { clock, bus, launcher, keeper, types }
}
