// Where modules are found: the SDK that functions do not bring, and files as they were deployed. From Node 22.15 on
// there are hooks for it (module.registerHooks); before, CommonJS has a function that can be replaced, and `import` has
// hooks in a thread of their own (node-sdk-hooks.mjs, node-task-hooks.mjs).
import { realpathSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

/** The packages that Lambda's Node runtimes bring. */
const provided = /^@(aws-sdk|smithy|aws-crypto)\//

/** Gives functions that do not bring the SDK of their own the one under `root`. Answers the `require` that finds it. */
export function provideSdk(root) {
  const parent = join(root, 'landfall-functions.cjs')
  const parentUrl = pathToFileURL(parent).href
  const require = createRequire(parent)
  if (module.registerHooks) module.registerHooks({ resolve: resolveFrom(parentUrl, require) })
  else {
    replaceResolution(parent, require)
    module.register('./node-sdk-hooks.mjs', import.meta.url, { data: { parentUrl } })
  }
  return require
}

function resolveFrom(parentUrl, require) {
  return (specifier, context, next) => {
    if (!provided.test(specifier)) return asDeployed(next(specifier, context))
    try {
      return asDeployed(next(specifier, context))
    } catch (error) {
      if (error?.code === 'ERR_MODULE_NOT_FOUND') return next(specifier, { ...context, parentURL: parentUrl })
      // CommonJS takes no other parent here.
      if (error?.code === 'MODULE_NOT_FOUND' && context.parentURL !== parentUrl) {
        return { url: pathToFileURL(require.resolve(specifier)).href, shortCircuit: true }
      }
      throw error
    }
  }
}

function replaceResolution(parent, require) {
  const resolve = module._resolveFilename
  module._resolveFilename = function (specifier, from, ...more) {
    try {
      const found = resolve.call(this, specifier, from, ...more)
      const { folder, root } = linked
      return folder !== '' && found.startsWith(`${folder}/`) ? root + found.slice(folder.length) : found
    } catch (error) {
      if (error?.code !== 'MODULE_NOT_FOUND' || !provided.test(specifier) || from?.filename === parent) throw error
      return require.resolve(specifier)
    }
  }
}

/**
 * Where `/var/task` is a link (it was made after this program began), code sees itself there all the same, and not at
 * the folder that the link leads to.
 */
let linked = { folder: '', folderUrl: '', root: '', rootUrl: '' }
export function showTaskRoot(root) {
  const folder = realpathSync(root)
  if (folder === root) return
  linked = { folder, folderUrl: `${pathToFileURL(folder).href}/`, root, rootUrl: `${pathToFileURL(root).href}/` }
  const realCwd = process.cwd.bind(process)
  process.cwd = () => {
    const path = realCwd()
    return path === folder || path.startsWith(`${folder}/`) ? root + path.slice(folder.length) : path
  }
  if (!module.registerHooks) module.register('./node-task-hooks.mjs', import.meta.url, { data: linked })
}
function asDeployed(found) {
  const { folderUrl, rootUrl } = linked
  if (folderUrl === '' || !found.url?.startsWith(folderUrl)) return found
  return { ...found, url: rootUrl + found.url.slice(folderUrl.length) }
}
