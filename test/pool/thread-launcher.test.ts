import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IngressGrant } from '../../src/itc/protocol.ts'
import { serviceId } from '../../src/model/ids.ts'
import { EMPTY_SNAPSHOT } from '../../src/model/routes.ts'
import type { WorkerListener } from '../../src/pool/launcher.ts'
import { ThreadLauncher } from '../../src/pool/thread-launcher.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { runtimeSpec, serviceSpec } from '../support/specs.ts'

function listener(ended: () => void): WorkerListener {
  const ignore = (): void => {}
  return {
    initialised: ignore,
    loaded: ignore,
    loadFailed: ignore,
    exited: ended,
    output: ignore,
    mesh: ignore,
    changed: ignore,
    warned: ignore,
  }
}

test('ThreadLauncher gives back the descriptor of a worker that is terminated before its thread exists', async () => {
  const asked = Promise.withResolvers<void>()
  const granted = Promise.withResolvers<IngressGrant>()
  const returned = Promise.withResolvers<IngressGrant>()
  const exited = Promise.withResolvers<void>()
  const launcher = new ThreadLauncher({
    spec: serviceSpec(),
    mode: 'start',
    mesh: runtimeSpec([]).mesh,
    routes: () => EMPTY_SNAPSHOT,
    ingress: {
      grant: () => {
        asked.resolve()
        return granted.promise
      },
      takeBack: returned.resolve,
    },
    clock: new FakeClock(),
  })
  const worker = launcher.launch({ service: serviceId('auth'), slot: 0, generation: 1 }, listener(exited.resolve), { accept: 'at-once' })
  await asked.promise
  worker.terminate()
  await exited.promise
  const grant = { kind: 'descriptor', fd: 77 } as const
  granted.resolve(grant)
  assert.equal(await returned.promise, grant)
})
