/** What `--help` of each command ends with. A test holds it against the commands, and every line against the options there are. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  start: [
    'meshrt start                                  in the foreground; Ctrl+C stops it',
    'meshrt start -d --wait                        in the background; returns when everything is ready',
    'meshrt start -c shop/meshrt.yaml -p 8080 --scale auth=3',
    'meshrt start auth orders/1                    what was stopped, in a runtime that runs',
  ],
  dev: ['meshrt dev                                    rs + Enter loads everything anew, rs auth auth'],
  smoke: [
    'meshrt smoke                                  start, check, stop; the exit code says how it went',
    'meshrt smoke --port 0 --junit smoke.xml       for a CI server',
  ],
  build: ['meshrt build', 'meshrt build auth orders'],
  stop: ['meshrt stop                                   everything', 'meshrt stop auth orders/1                     the rest runs on'],
  ps: ['meshrt ps', 'meshrt ps --workers', 'meshrt ps --health --name shop', 'meshrt ps --json | jq .runtime.url'],
  logs: [
    'meshrt logs -f auth orders/1                  what they write from now on, and the last lines',
    'meshrt logs --level warn --since 10m',
    "meshrt logs -n 20 --grep 'time-?out'          the last 20 lines that say so",
    'meshrt logs auth --previous                   the last words before a crash',
  ],
  events: ["meshrt events -f --type 'worker.*' --type slot.quarantined", 'meshrt events auth --since 2026-01-31T12:00:00Z --json'],
  env: ['meshrt env auth --explain                     where each variable comes from', 'meshrt env auth --dev'],
  config: [
    'meshrt config --check                         only whether it is valid',
    'meshrt config --origin                        where each value comes from',
  ],
  restart: [
    'meshrt restart auth                           all its workers',
    'meshrt restart auth/1 gateway --timeout 2m',
    'meshrt restart auth --hard                    at once; requests under way are lost',
  ],
  reload: [
    'meshrt reload --dry-run                       what is different in the runtime file by now',
    'meshrt reload                                 all of it, or nothing',
  ],
  describe: ['meshrt describe auth', 'meshrt describe auth --json | jq .exits'],
  wait: ['meshrt wait                                   until everything is ready', 'meshrt wait migrations --for completed --timeout 5m'],
  request: [
    'meshrt request auth /users?id=7',
    "meshrt request auth /users -d @user.json -H 'content-type: application/json' --fail",
    'meshrt request auth /healthz -i --timeout 2s',
  ],
  scale: ['meshrt scale auth=3 gateway=2'],
  version: ['meshrt version --json'],
}
