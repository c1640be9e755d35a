import { toErrorInfo, type ErrorInfo } from '../model/failure.ts'
import { CATALOGUE, isErrorCode, type ErrorCode } from './catalogue.ts'
import { ConfigError, MAX_LISTED_PROBLEMS, type Problem } from './config-error.ts'
import { paintWith, type Paint } from './paint.ts'
import { printable } from './printable.ts'
import { renderProblem } from './render-problem.ts'
import { OWN_CODE } from '../model/own-files.ts'

/** An error for people, several lines without a line break at the end. What was thrown may be anything. */
export function renderError(error: unknown, options: { readonly colour: boolean }): string {
  const paint = paintWith(options)
  const info = toErrorInfo(error)
  const code = codeOf(info)
  const problems = problemsOf(error)
  const head = `${paint.red('error:')} ${printable(messageOf(info))} ${paint.dim(`[${code}]`)}`
  const bug = code === 'MESHRT_INTERNAL' ? renderFrames(info, { paint, own: true }) : []
  const parts = [
    [head, ...bug, ...renderCauses(info.cause, paint)].join('\n'),
    ...problems.map((problem) => renderProblem(problem, paint)),
    `${paint.cyan('hint:')} ${CATALOGUE[code].hint}`,
  ]
  return parts.join(problems.length > 0 ? '\n\n' : '\n')
}

/** The same for programs: what `--json` prints. */
export function errorDocument(error: unknown): ErrorDocument {
  const info = toErrorInfo(error)
  const code = codeOf(info)
  const problems = problemsOf(error)
  return {
    schema: 'meshrt.error/v1',
    code,
    message: printable(messageOf(info)),
    exitCode: CATALOGUE[code].exitCode,
    hint: CATALOGUE[code].hint,
    causes: causesOf(info.cause).map(printableCause),
    ...(problems.length > 0 ? { problems: problems.map(printableProblem) } : {}),
  }
}

export interface ErrorDocument {
  readonly schema: 'meshrt.error/v1'
  readonly code: ErrorCode
  readonly message: string
  readonly exitCode: number
  readonly hint: string
  /** From the nearest to the farthest. */
  readonly causes: readonly Cause[]
  readonly problems?: readonly Problem[]
}

type Cause = Pick<ErrorInfo, 'name' | 'message' | 'code'> & { readonly hint?: string }

const MAX_FRAMES = 8
const MAX_SOURCE_LINE = 500

/** Also of an error that crossed a thread or a socket; one without a code of ours is a bug. */
function codeOf(info: ErrorInfo): ErrorCode {
  return info.code !== undefined && isErrorCode(info.code) ? info.code : 'MESHRT_INTERNAL'
}

function messageOf(info: ErrorInfo): string {
  const foreign = info.code === undefined || !isErrorCode(info.code)
  return foreign && info.name !== 'Error' ? `${info.name}: ${info.message}` : info.message
}

function problemsOf(error: unknown): readonly Problem[] {
  return error instanceof ConfigError ? error.problems.slice(0, MAX_LISTED_PROBLEMS) : []
}

function causesOf(info: ErrorInfo | undefined): readonly ErrorInfo[] {
  return info ? [info, ...causesOf(info.cause)] : []
}

/** The frames of the last cause are where a service really failed; the others only passed it on. */
function renderCauses(cause: ErrorInfo | undefined, paint: Paint): readonly string[] {
  const causes = causesOf(cause)
  const lines = causes.flatMap((info) => {
    const code = info.code === undefined ? '' : paint.dim(` [${printable(info.code, { oneLine: true })}]`)
    const hint = hintOf(info)
    return [
      `  ${paint.bold('cause:')} ${indentRest(printable(messageOf(info)))}${code}`,
      ...(hint === null ? [] : [`    ${paint.cyan('hint:')} ${hint}`]),
    ]
  })
  const last = causes.at(-1)
  const foreign = last !== undefined && !(last.code !== undefined && isErrorCode(last.code))
  return foreign ? [...lines, ...renderFrames(last, { paint, own: false })] : lines
}

function renderFrames(info: ErrorInfo, options: { readonly paint: Paint; readonly own: boolean }): readonly string[] {
  const frames = (info.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node:internal/'))
  // Frames of meshrt itself explain its bugs, and nothing else.
  const shown = options.own ? frames : frames.filter((line) => !line.includes(OWN_CODE))
  return shown.slice(0, MAX_FRAMES).map((frame) => options.paint.dim(`    ${printable(frame.trim(), { oneLine: true })}`))
}

function indentRest(text: string): string {
  return text.replaceAll('\n', '\n    ')
}

/** What to do about a cause that has a code of ours; what others throw has no hint. */
function hintOf({ code }: ErrorInfo): string | null {
  return code !== undefined && isErrorCode(code) ? CATALOGUE[code].hint : null
}

function printableCause(info: ErrorInfo): Cause {
  const { name, message, code } = info
  const hint = hintOf(info)
  return {
    name: printable(name),
    message: printable(message),
    ...(code === undefined ? {} : { code: printable(code) }),
    ...(hint === null ? {} : { hint }),
  }
}

function printableProblem(problem: Problem): Problem {
  return {
    ...problem,
    message: printable(problem.message),
    path: printable(problem.path),
    file: printable(problem.file),
    ...(problem.hint === undefined ? {} : { hint: printable(problem.hint) }),
    sourceLine: printable(problem.sourceLine.slice(0, MAX_SOURCE_LINE)),
  }
}
