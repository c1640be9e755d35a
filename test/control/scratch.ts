import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openControl, type Control } from '../../src/control/open-control.ts'
import { FakePort } from './fake-port.ts'

export interface Scratch {
  /** A folder with a (never parsed) runtime file. */
  readonly project: string
  readonly file: string
  /** XDG_RUNTIME_DIR of this test alone. */
  readonly runtimeDir: string
  readonly controlDir: string
  readonly env: NodeJS.ProcessEnv
}

/** Gone when the test ends. */
export function scratch(t: TestContext): Scratch {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'meshrt-test-')))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const file = join(root, 'meshrt.yaml')
  writeFileSync(file, 'services: {}\n')
  const {
    MESHRT_SOCKET: _socket,
    FORCE_COLOR: _force,
    NO_COLOR: _no,
    NODE_OPTIONS: _options,
    NODE_TEST_CONTEXT: _test,
    ...inherited
  } = process.env
  return {
    project: root,
    file,
    runtimeDir: root,
    controlDir: join(root, 'meshrt'),
    env: { ...inherited, XDG_RUNTIME_DIR: root, XDG_STATE_HOME: root },
  }
}

export async function openFake(
  t: TestContext,
  { file, env }: Pick<Scratch, 'file' | 'env'>,
): Promise<{ control: Control; port: FakePort }> {
  const control = await openControl({ name: 'shop', file, socket: null, env, ownerDeadlineMs: 5000 })
  t.after(() => control.close())
  const port = new FakePort()
  control.serve(port)
  return { control, port }
}

/** Waits turn by turn for what another party does. */
export async function until(condition: () => boolean, deadlineMs = 5000): Promise<void> {
  const endMs = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`Waited for ${deadlineMs} ms in vain`)
    await delay(1)
  }
}
