import type { RuntimeSpec } from '../model/spec.ts'
import type { DescribedSpec } from '../supervision/reload-plan.ts'

/** Where a runtime gets its spec from when it reloads. */
export interface SpecSource {
  /** Reads it as a start with the same arguments would. @throws MeshrtError MESHRT_CONFIG_NOT_FOUND, MESHRT_CONFIG_UNREADABLE; ConfigError */
  load(): Promise<RuntimeSpec>
  /** In the shape and the words of the runtime file, with nothing hidden. */
  describe(spec: RuntimeSpec): DescribedSpec['description']
}
