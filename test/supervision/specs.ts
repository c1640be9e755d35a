import type { RestartSpec } from '../../src/model/spec.ts'

export function restartSpec(overrides: Partial<RestartSpec>): RestartSpec {
  return {
    policy: 'always',
    delayMs: 100,
    factor: 2,
    maxDelayMs: 30_000,
    jitter: 0.2,
    maxAttempts: 5,
    windowMs: 60_000,
    maxPerHour: 20,
    startAttempts: 5,
    stableAfterMs: 30_000,
    probeAfterMs: 60_000,
    ...overrides,
  }
}
