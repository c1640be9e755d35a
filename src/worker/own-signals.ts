import { constants } from 'node:os'

/** What these do to a process that does not listen for them: nothing that ends it. */
const HARMLESS: ReadonlySet<string> = new Set(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGUSR1'])

/**
 * A thread has the pid of the runtime: a service that ends itself with `process.kill(process.pid, signal)`, as Nest does when its shutdown
 * hooks are done, would end everything. What a service sends to its own process, or to that one's group, stays in its thread: its
 * listeners get it, or the thread ends with the exit code that a shell shows.
 */
export function keepSignals(): void {
  const kill = process.kill.bind(process)
  const keepingKill = (pid: number, signal: NodeJS.Signals | number = 'SIGTERM'): true => {
    const name = isOwn(pid) ? nameOf(signal) : null
    // An unknown signal is Node's to complain about; 0 only asks.
    return name === null ? kill(pid, signal) : raise(name)
  }
  Object.assign(process, { kill: keepingKill })
}

function isOwn(pid: number): boolean {
  return pid === process.pid || pid === 0 || pid === -process.pid
}

function nameOf(signal: NodeJS.Signals | number): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([name, number]) => name === signal || number === signal)
  return found ? (found[0] as NodeJS.Signals) : null
}

function raise(name: NodeJS.Signals): true {
  if (process.listenerCount(name) > 0) setImmediate(() => process.emit(name, name))
  else if (!HARMLESS.has(name)) process.exit(128 + constants.signals[name])
  return true
}
