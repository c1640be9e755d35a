/** Every problem an operator can meet: its exit code and what to do about it. `docs/errors.md` lists the same codes. */

interface CatalogueEntry {
  readonly exitCode: ExitCode
  readonly hint: string
}

/** 0 is success, 128+n a signal; the rest is in `docs/errors.md`. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 6 | 70 | 78

export const CATALOGUE = {
  MESHRT_INTERNAL: { exitCode: 70, hint: 'This is a bug in meshrt. Please report it with the text above.' },
  MESHRT_USAGE: { exitCode: 2, hint: 'Run the command with --help to see its arguments and an example.' },

  MESHRT_CONFIG_NOT_FOUND: {
    exitCode: 78,
    hint: 'Create a meshrt.yaml here, or name one with -c FILE. meshrt.yaml.example of the package is a good start.',
  },
  MESHRT_CONFIG_UNREADABLE: { exitCode: 78, hint: 'Check that the path is a file and that you may read it.' },
  MESHRT_CONFIG_INVALID: {
    exitCode: 78,
    hint: 'Fix the places listed above; `meshrt config --check` shows them again without starting anything.',
  },

  MESHRT_START_FAILED: { exitCode: 1, hint: 'The cause is the last error of the service above; its output is in the log.' },
  MESHRT_START_TIMEOUT: { exitCode: 1, hint: 'Raise `startTimeout`, or see what the service waits for before it listens.' },
  MESHRT_SERVICE_FAILED: {
    exitCode: 1,
    hint: 'See `meshrt ps --workers` for the last exits; `onFailed: hold` keeps the runtime up when a service fails.',
  },
  MESHRT_PORT_IN_USE: {
    exitCode: 1,
    hint: 'Stop the program that has the port, or choose another under `server.port` (0 takes any free one).',
  },
  MESHRT_PORT_DENIED: { exitCode: 1, hint: 'Choose a port that you may bind (usually above 1023) and a local address under `server`.' },
  MESHRT_INGRESS_FAILED: {
    exitCode: 1,
    hint: 'meshrt starts a short-lived helper process to hand the port to a worker: see the limits on processes and open files (ulimit -u, -n).',
  },
  MESHRT_LOG_UNWRITABLE: {
    exitCode: 1,
    hint: 'Name a file that you may write to under `logger.file`, or set XDG_STATE_HOME to a folder of yours.',
  },
  MESHRT_GUARDIAN_GAVE_UP: {
    exitCode: 1,
    hint: 'What the runtime wrote last is in its stderr file or on the terminal; a service with `limits.heap` is recycled before it can end the process.',
  },
  MESHRT_SHUTDOWN_INCOMPLETE: { exitCode: 1, hint: 'Raise `gracefulShutdown.runtime`, or look at what the named workers wait for.' },

  MESHRT_ENTRY_UNUSABLE: {
    exitCode: 1,
    hint: 'Export a server, an app or a function (as `create` or default), or call listen(); see docs/hosting.md.',
  },
  MESHRT_ENTRY_NO_SERVER: {
    exitCode: 1,
    hint: 'Export a server or call listen(). A service that needs none has `type: background`, and the `entrypoint` is another one.',
  },
  MESHRT_ADDON_REFUSES_THREAD: {
    exitCode: 1,
    hint: 'Give the service `isolation: process`, or look for a version of the package whose add-on works in worker threads.',
  },
  MESHRT_CHECK_MISSING: {
    exitCode: 1,
    hint: 'For `health.check: export` the module exports a function `health`; for a path the service needs a server.',
  },
  MESHRT_PERMISSION_DENIED: {
    exitCode: 1,
    hint: 'What `permissions` of a service does not list is denied to it: see docs/hosting.md.',
  },
  MESHRT_SECOND_LISTENER: { exitCode: 1, hint: 'One server per service is hosted. Give the second one a port of its own.' },

  MESHRT_NO_RUNTIME: { exitCode: 3, hint: 'Start it with `meshrt start`, or name another one with -c FILE or --socket PATH.' },
  MESHRT_NOT_ANSWERING: {
    exitCode: 4,
    hint: 'The runtime has its socket but does not answer. See whether its process is stopped or overloaded.',
  },
  MESHRT_SOCKET_UNSAFE: { exitCode: 1, hint: 'Remove the path, or set XDG_RUNTIME_DIR to a folder that only you can write to.' },
  MESHRT_SOCKET_NO_SPACE: {
    exitCode: 1,
    hint: 'Make room in that folder (`df` and `df -i` show what is left), or set XDG_RUNTIME_DIR to another one of yours.',
  },
  MESHRT_SOCKET_PATH_TOO_LONG: {
    exitCode: 2,
    hint: 'Unix socket paths hold about 100 bytes: choose a shorter one with --socket, or a shorter XDG_RUNTIME_DIR.',
  },
  MESHRT_PROTOCOL_MISMATCH: {
    exitCode: 4,
    hint: 'The runtime was started by another version of meshrt: use that version, or restart the runtime.',
  },
  MESHRT_ALREADY_RUNNING: { exitCode: 6, hint: 'Stop it with `meshrt stop`, or see it with `meshrt ps`.' },
  MESHRT_BUSY: { exitCode: 6, hint: 'Wait until the running operation is done (`meshrt ps`), then try again.' },
  MESHRT_UNKNOWN_SERVICE: {
    exitCode: 2,
    hint: 'See `meshrt ps` for the services of a running runtime, `meshrt config --check` for those of a runtime file.',
  },
  MESHRT_UNKNOWN_WORKER: { exitCode: 2, hint: 'See `meshrt ps --workers` for the workers of this runtime.' },
  MESHRT_NOT_STARTED: { exitCode: 1, hint: 'It starts by itself when what it waits for is there: see `meshrt ps`.' },
  MESHRT_NEVER_REACHED: { exitCode: 1, hint: 'Waiting does not bring it: `meshrt why` says of each service what it takes.' },
  MESHRT_RESTART_FAILED: { exitCode: 1, hint: 'The old workers keep serving. Fix the cause above and restart again.' },
  MESHRT_SCALE_REFUSED: { exitCode: 2, hint: 'Give another number, or change `workers` in the runtime file.' },
  MESHRT_SCALE_FAILED: { exitCode: 1, hint: 'The workers that did start stay. Fix the cause above and scale again.' },
  MESHRT_RELOAD_NEEDS_RESTART: {
    exitCode: 1,
    hint: 'Stop the runtime and start it again, or take these changes back. docs/configuration.md says which keys a reload can change.',
  },
  MESHRT_RELOAD_FAILED: { exitCode: 1, hint: 'Fix the cause above and reload again; `meshrt reload --dry-run` shows the plan.' },
  MESHRT_STOPPING: { exitCode: 6, hint: 'The runtime is shutting down; start it again when it is gone.' },
  MESHRT_TIMEOUT: { exitCode: 5, hint: 'Try again with a longer --timeout, or see `meshrt ps` for what it waits for.' },
  MESHRT_SMOKE_FAILED: { exitCode: 1, hint: 'The table above shows which service did not answer as expected.' },

  MESHRT_REPORT_UNWRITABLE: { exitCode: 1, hint: 'Name a file that you may write to, in a folder that exists.' },

  MESHRT_BUILD_FAILED: { exitCode: 1, hint: 'What it wrote is above. Nothing after it was built.' },

  MESHRT_ITC_TIMEOUT: { exitCode: 1, hint: 'The worker did not answer in time; its event loop may be blocked.' },
  MESHRT_ITC_CLOSED: { exitCode: 1, hint: 'The worker ended before it could answer.' },

  MESHRT_COMMAND_FAILED: { exitCode: 1, hint: 'The first word of `command` is a program on the PATH, or a path relative to `cwd`.' },
  MESHRT_MESH_UNKNOWN_SERVICE: { exitCode: 1, hint: 'The host name must be a service id of meshrt.yaml plus the mesh domain.' },
  MESHRT_MESH_NOT_ROUTABLE: { exitCode: 1, hint: 'A background service has no server and cannot be called.' },
  MESHRT_MESH_HTTPS: { exitCode: 1, hint: 'Mesh requests never leave the process: call the service with http:// instead.' },
  MESHRT_MESH_UNAVAILABLE: { exitCode: 1, hint: 'See `meshrt ps`: no worker of that service is ready.' },
  MESHRT_MESH_CIRCUIT_OPEN: { exitCode: 1, hint: 'Every worker of that service has failed several times in a row; see its log for why.' },
  MESHRT_MESH_OVERLOADED: { exitCode: 1, hint: 'Raise `mesh.maxInFlight`, or give the service more `workers`.' },
  MESHRT_MESH_DENIED: { exitCode: 1, hint: '`mesh.deny` of the runtime file forbids this service to call that one.' },
  MESHRT_MESH_UNREACHABLE: {
    exitCode: 1,
    hint: 'Nobody listens at the address of that service: see `url` in the runtime file, or the log of its command.',
  },
  MESHRT_MESH_TARGET_LOST: { exitCode: 1, hint: 'The worker ended while it handled the request; it may or may not have taken effect.' },
  MESHRT_MESH_TIMEOUT: { exitCode: 1, hint: 'Raise `mesh.timeouts`, or see why the service is slow.' },
  MESHRT_MESH_ABORTED: { exitCode: 1, hint: 'The service ended the connection before its response was complete.' },
  MESHRT_MESH_INVALID_REQUEST: { exitCode: 1, hint: 'Method, path and headers must be valid HTTP, as for any request.' },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof CATALOGUE

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(CATALOGUE, text)
}
