import { rmSync } from 'node:fs'
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { BENCH_DIR } from '../paths.ts'
import { ProcessTree } from './process-tree.ts'

/** What would steer one of the contenders, or give it what a user has not got. */
const NOT_INHERITED = /^(?:MESHRT_|NODE_OPTIONS$|NODE_ENV$|NODE_COMPILE_CACHE$|NODE_TEST_CONTEXT$|FORCE_COLOR$|PORT$|PM2_|PLT_|npm_|XDG_)/

/** A folder with everything that the contenders write, sockets and caches included, and an environment that leads them there. */
export class Workspace {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** Whatever runs with this environment. */
  readonly tree: ProcessTree
  readonly #endNow = (): void => {
    this.tree.kill()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
  readonly #interrupted = (): never => process.exit(130)

  private constructor(folder: string) {
    this.folder = folder
    const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name))
    this.env = {
      ...Object.fromEntries(inherited),
      // The Node that runs this, for whoever looks for one.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      NO_COLOR: '1',
      HOME: folder,
      TMPDIR: folder,
      XDG_RUNTIME_DIR: folder,
      XDG_STATE_HOME: folder,
      PM2_HOME: join(folder, 'pm2'),
    }
    this.tree = new ProcessTree(`XDG_RUNTIME_DIR=${folder}`)
    process.once('exit', this.#endNow)
    process.once('SIGINT', this.#interrupted).once('SIGTERM', this.#interrupted)
  }

  /** Removed, and nothing left running in it, when `use` is over. The packages of the peers are found from everywhere in it. */
  static async with<T>(use: (workspace: Workspace) => Promise<T>): Promise<T> {
    // Short, because the paths of sockets hold about 100 bytes.
    const workspace = new Workspace(await realpath(await mkdtemp(join(tmpdir(), 'mrt-'))))
    try {
      await symlink(join(BENCH_DIR, 'node_modules'), join(workspace.folder, 'node_modules'))
      return await use(workspace)
    } finally {
      await workspace.#close()
    }
  }

  async #close(): Promise<void> {
    process.removeListener('exit', this.#endNow)
    process.removeListener('SIGINT', this.#interrupted).removeListener('SIGTERM', this.#interrupted)
    this.tree.kill()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
