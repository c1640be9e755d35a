import { isMainThread } from 'node:worker_threads'
import { MeshrtError } from '../errors/meshrt-error.ts'

/**
 * A native add-on can be made for one thread only. Loaded in another, it fails with a sentence that says nothing of that (Node's "did not
 * self-register"), or with its own. Anything else that a service throws at its start is passed on as it is.
 */
export function explainLoadFailure(
  error: unknown,
  { entry, inThread = !isMainThread }: { readonly entry: string; readonly inThread?: boolean },
): unknown {
  if (!inThread || !(error instanceof Error) || !REFUSES_THREADS.test(error.message)) return error
  if (!('code' in error) || error.code !== 'ERR_DLOPEN_FAILED') return error
  const message = `Cannot load ${entry} in a worker thread: a native add-on refuses it (${firstLine(error.message)})`
  return new MeshrtError('MESHRT_ADDON_REFUSES_THREAD', message, { cause: error })
}

const REFUSES_THREADS = /did not self-register|context.?aware|worker.?thread/i

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
