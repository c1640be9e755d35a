/**
 * Where meshrt itself lies: TypeScript below `src` in a checkout, bundles below `dist` in the package. A module that was bundled does not lie
 * where it did, so that nothing else may start from `import.meta.url`.
 */
const [, root = '', tree = ''] = /^(.*\/)(src|dist)\//.exec(import.meta.url) ?? []

/** URL of the folder with `package.json`, with a slash at its end. */
export const PACKAGE_ROOT = root

/** URL of the folder of all modules that run, with a slash at its end. */
export const OWN_CODE = `${root}${tree}/`

/** URL of a module that a thread or process begins with. @param path within the tree, without extension: `worker/main` */
export function ownEntry(path: string): URL {
  return new URL(`${path}${tree === 'src' ? '.ts' : '.js'}`, OWN_CODE)
}
