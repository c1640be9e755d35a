import { toErrorInfo } from '../../model/failure.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { askOverTcp } from './ask-over-tcp.ts'
import { judgeAnswer } from './judge.ts'
import { questionOf, type SmokePlan, type SmokeStep } from './plan.ts'

/** How one check ended: an element of `checks` in `meshrt.smoke/v1`. */
export interface SmokeCheck {
  readonly service: string
  /** `none`: it has no server. */
  readonly via: 'mesh' | 'entrypoint' | 'none'
  readonly method: string | null
  readonly path: string | null
  readonly ok: boolean
  readonly status: number | null
  readonly durationMs: number | null
  readonly error: string | null
}

/** Those that were done before `signal`: what comes after it tells only that the runtime is being stopped. */
export async function runChecks(
  { inOrder, steps }: SmokePlan,
  { runtime, signal }: { readonly runtime: Runtime; readonly signal: AbortSignal },
): Promise<readonly SmokeCheck[]> {
  const checks: SmokeCheck[][] = steps.map(() => [])
  const run = async (step: SmokeStep, at: number): Promise<void> => {
    if (signal.aborted) return
    const check = await runCheck(step, runtime)
    if (!signal.aborted) checks[at]?.push(check)
  }
  if (!inOrder) await Promise.all(steps.map(run))
  else for (const [at, step] of steps.entries()) await run(step, at)
  return checks.flat()
}

async function runCheck(step: SmokeStep, runtime: Runtime): Promise<SmokeCheck> {
  if (step.kind === 'running') {
    const { id, state } = step.service
    const ok = state === 'running' || state === 'completed'
    return { service: id, via: 'none', method: null, path: null, ok, status: null, durationMs: null, error: ok ? null : `it is ${state}` }
  }
  const { service, via, method, path } = step
  const asked = { service, via, method, path }
  try {
    const question = questionOf(step)
    const { url } = runtime.port.view().runtime
    const answer = via === 'mesh' || url === null ? await runtime.ask(service, question) : await askOverTcp(new URL(path, url), question)
    const error = judgeAnswer(answer, step)
    return { ...asked, ok: error === null, status: answer.status, durationMs: Math.round(answer.durationMs * 10) / 10, error }
  } catch (thrown) {
    const { code, message } = toErrorInfo(thrown)
    return { ...asked, ok: false, status: null, durationMs: null, error: code === undefined ? message : `${code}: ${message}` }
  }
}
