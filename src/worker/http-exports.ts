import { syncBuiltinESMExports } from 'node:module'
import { getCallSites } from 'node:util'
import { http } from './web-server.ts'

/** Exports of `node:http` whose getters load the undici that is part of Node. */
const OF_UNDICI = ['WebSocket', 'CloseEvent', 'MessageEvent']

/**
 * Has `import 'node:http'` cost a service what `require('node:http')` costs. For an import Node reads every export, and with these it loads its undici:
 * half of what it takes to start a small service, for classes that hardly anybody imports from there. Node gets something that stands in for
 * them until somebody touches it; everybody else gets the classes, as ever.
 */
export function easeHttpImport(): void {
  for (const name of OF_UNDICI) {
    const descriptor = Object.getOwnPropertyDescriptor(http, name)
    if (!descriptor?.get || !descriptor.configurable) continue
    const original: object = Object.defineProperty({}, name, descriptor)
    const load = (): Constructor => Reflect.get(original, name) as Constructor
    const standIn = standInFor(load)
    Object.defineProperty(http, name, { ...descriptor, get: () => (isAskedForImports() ? standIn() : load()) })
  }
}

const MAKER_OF_IMPORTS = 'node:internal/bootstrap/realm'
const DEEP_ENOUGH = 6

/** Not by the text of a stack, from which some take away Node's part. Who cannot be recognised is given the class. */
function isAskedForImports(): boolean {
  return getCallSites(DEEP_ENOUGH).some(({ scriptName }) => scriptName === MAKER_OF_IMPORTS)
}

type Constructor = new (...args: never[]) => object

/** The class if it has been loaded, else what behaves like it and loads it when it is first used. From then on imports are the class itself. */
function standInFor(load: () => Constructor): () => Constructor {
  const target = function () {} as unknown as Constructor
  let loaded: Constructor | null = null
  const become = (): Constructor => {
    if (loaded !== null) return loaded
    loaded = load()
    Object.setPrototypeOf(target, Object.getPrototypeOf(loaded) as object)
    Object.defineProperties(target, Object.getOwnPropertyDescriptors(loaded))
    syncBuiltinESMExports()
    return loaded
  }
  const traps = Reflect.ownKeys(Reflect).filter((name): name is keyof ProxyHandler<Constructor> => typeof name === 'string')
  const handler = Object.fromEntries(
    traps.map((name) => [
      name,
      (...args: unknown[]): unknown => {
        become()
        return Reflect.apply(Reflect[name] as (...args: unknown[]) => unknown, Reflect, args)
      },
    ]),
  ) as ProxyHandler<Constructor>
  const proxy: Constructor = new Proxy(target, {
    ...handler,
    construct: (_target, args: never[], newTarget) =>
      Reflect.construct(become(), args, newTarget === proxy ? become() : newTarget) as object,
    apply: (_target, self, args) => Reflect.apply(become(), self, args) as unknown,
  })
  return () => loaded ?? proxy
}
