// Finding a function's handler in its code: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve as resolvePath } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RuntimeError } from './node-errors.mjs'
import { streamingOf } from './node-stream.mjs'

function splitHandler(text) {
  const slash = text.lastIndexOf('/') + 1
  const dot = text.indexOf('.', slash)
  if (dot <= slash || dot === text.length - 1) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler')
  return { file: text.slice(0, dot), path: text.slice(dot + 1) }
}

/** The handler of that name, and what is to be known of it. `modern`: of Node 24 or later. */
export async function load(root, name, modern) {
  if (name.includes('..')) {
    const advice = 'Use absolute paths when specifying root directories in handler names.'
    throw new RuntimeError('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name. ${advice}`)
  }
  const { file, path } = splitHandler(name)
  const loaded = await importFile(root, file, modern)
  const within = (object) => path.split('.').reduce((found, part) => found?.[part], object)
  const found = within(loaded) ?? within(loaded?.default)
  if (!found) throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof found !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`)
  const streaming = streamingOf(found, (type, message) => new RuntimeError(type, message))
  if (modern && !streaming && found.length > 2) {
    const message = [
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24.',
      'You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
      'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    ]
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', message.join(' '))
  }
  return { handler: found, streaming, isAsync: found.constructor?.name === 'AsyncFunction' }
}

/** `index` is a file of that name, or with one of these endings, in their order; else what require() makes of it. */
async function importFile(root, file, modern) {
  const base = resolvePath(root, file)
  const path = ['', '.js', '.mjs', '.cjs', ...(modern ? ['.ts', '.mts', '.cts'] : [])]
    .map((suffix) => base + suffix)
    .find((one) => statSync(one, { throwIfNoEntry: false })?.isFile())
  try {
    if (path) return /\.m[jt]s$/.test(path) ? await import(pathToFileURL(path).href) : await loadCommon(path)
    return await loadCommon(createRequire(join(root, 'index.js')).resolve(base))
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error.stack)
    }
    if (error?.code !== 'MODULE_NOT_FOUND') throw error
    const message = path
      ? error.message
      : `Cannot find module '${file}'\nRequire stack:\n- ${fileURLToPath(import.meta.url)}`
    throw new RuntimeError('Runtime.ImportModuleError', `Error: ${message}`)
  }
}

/** require() is quicker than import() and also takes modules, unless they await at their top level. */
function loadCommon(path) {
  try {
    return createRequire(path)(path)
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ASYNC_MODULE' || error?.code === 'ERR_REQUIRE_ESM')
      return import(pathToFileURL(path).href)
    throw error
  }
}
