// Compiled code of a function's own files: taken from a program that has served a request, kept by the node, and given to
// the function's later instances. CommonJS is compiled here, so that what was compiled on first use is in it; modules,
// and everything where source maps are read, by Node with a cache of its own (node-cache.mjs). The bytes are
// `u32 header length | header JSON | data…`, where the header has [file, hash of its source, length] for each, or
// [name, null, length] for what is Node's.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import vm from 'node:vm'
import { useNodeCache } from './node-cache.mjs'

/** Below this a file is compiled sooner than looked up. */
const leastSource = 8_192
/** Of the whole: a frame's limit, and a file each that the node keeps. */
const mostBytes = 6_000_000

const hashOf = (source) => createHash('sha256').update(source).digest('base64')

function readKept(path) {
  const scripts = new Map()
  const modules = new Map()
  try {
    const bytes = readFileSync(path)
    const headerBytes = bytes.readUInt32BE(0)
    let at = 4 + headerBytes
    for (const [name, hash, length] of JSON.parse(bytes.subarray(4, at))) {
      const data = bytes.subarray(at, at + length)
      if (hash === null) modules.set(name, data)
      else scripts.set(name, { hash, data })
      at += length
    }
  } catch {
    // It saves time and nothing else.
  }
  return { scripts, modules }
}

/** Whether the handler is in a module, as far as names and the package say: Node's cache is of no use to others. */
function isModule(root, handler) {
  const base = join(root, handler.slice(0, handler.indexOf('.', handler.lastIndexOf('/') + 1)))
  if (existsSync(`${base}.mjs`) || existsSync(`${base}.mts`)) return true
  try {
    return /"type"\s*:\s*"module"/.test(readFileSync(join(root, 'package.json'), 'utf8'))
  } catch {
    return false
  }
}

/**
 * Compiles files under `root` with what is in the file `keptAt`, if given. `loaded()` is called when the handler is;
 * `taken()` tells what was compiled, undefined when there is nothing worth keeping.
 */
export function useCompiledCode({ root, handler, keptAt }) {
  const nothing = { loaded: () => undefined, taken: () => undefined }
  // Before Node 22 what is compiled from kept code cannot import().
  if (!module.flushCompileCache) return nothing
  const kept = keptAt === undefined ? undefined : readKept(keptAt)
  const mapped = process.sourceMapsEnabled || /--enable-source-maps/.test(process.env.NODE_OPTIONS ?? '')
  const byNode = kept ? kept.modules.size > 0 : mapped || isModule(root, handler)
  const cache = byNode ? useNodeCache(kept?.modules ?? []) : undefined
  // Source maps are read by Node's own way of compiling, which is left alone then.
  const scripts = mapped ? new Map() : useScripts(root, kept?.scripts ?? new Map())
  return {
    loaded: () => cache?.hide(),
    taken() {
      const compiled = [...(cache?.taken() ?? []), ...compiledOf(scripts)]
      // Where there was too little for Node's cache, later instances are told so.
      return compiled.length > 0 || cache ? together(compiled) : undefined
    },
  }
}

/** Compiles CommonJS under `root` with what is kept of it. The result gets what was compiled, by file. */
function useScripts(root, kept) {
  const scripts = new Map()
  const compileAsNode = module.prototype._compile
  const [before] = module.wrapper
  module.prototype._compile = function (source, filename, ...more) {
    const plain = typeof source === 'string' && source.length >= leastSource && !source.startsWith('#!')
    if (!plain || !filename.startsWith(`${root}/`)) return compileAsNode.call(this, source, filename, ...more)
    const hash = hashOf(source)
    const known = kept.get(filename)
    let script
    try {
      script = new vm.Script(module.wrap(source), {
        filename,
        columnOffset: -before.length,
        ...(known?.hash === hash && { cachedData: known.data }),
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      })
    } catch {
      // A module after all, or not JavaScript: Node knows what to say.
      return compileAsNode.call(this, source, filename, ...more)
    }
    scripts.set(filename, { hash, script })
    const require = (id) => this.require(id)
    const { resolve, main, extensions, cache } = createRequire(filename)
    Object.assign(require, { resolve, main, extensions, cache })
    return script.runInThisContext().call(this.exports, this.exports, require, this, filename, dirname(filename))
  }
  return scripts
}

function* compiledOf(scripts) {
  for (const [file, { hash, script }] of scripts) yield [file, hash, script.createCachedData()]
}

function together(compiled) {
  const header = []
  const parts = []
  let total = 0
  for (const [name, hash, data] of compiled) {
    total += data.length
    if (total > mostBytes) break
    header.push([name, hash, data.length])
    parts.push(data)
  }
  const head = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  return Buffer.concat([length, head, ...parts])
}
