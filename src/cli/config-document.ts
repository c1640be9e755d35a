import { describeSpec, type RuntimeFileDescription } from '../config/describe-spec.ts'
import type { Mode, RuntimeSpec } from '../model/spec.ts'

/** What `meshrt config --json` prints, and `GET /v1/config` answers. */
export interface ConfigDocument {
  readonly schema: 'meshrt.config/v1'
  readonly file: string
  readonly mode: Mode
  /** Services that `autoload` has found. */
  readonly autoloaded: readonly string[]
  readonly config: RuntimeFileDescription
}

export function configDocument(spec: RuntimeSpec): ConfigDocument {
  const autoloaded = spec.services.filter(({ foundBy }) => foundBy === 'autoload').map(({ id }) => id)
  return { schema: 'meshrt.config/v1', file: spec.file, mode: spec.mode, autoloaded, config: describeSpec(spec) }
}
