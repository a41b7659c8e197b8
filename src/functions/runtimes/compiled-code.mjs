// Compiled code of a function's own CommonJS files: taken from a program that has served a request (so that what was
// compiled on first use is in it), kept by the node, and given to the function's later instances. The bytes are
// `u32 header length | header JSON | data…`, where the header has [file, hash of its source, length] for each.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname } from 'node:path'
import process from 'node:process'
import vm from 'node:vm'

/** Below this a file is compiled sooner than looked up. */
const leastSource = 8_192
/** Of the whole: a frame's limit, and a file each that the node keeps. */
const mostBytes = 6_000_000

const hashOf = (source) => createHash('sha256').update(source).digest('base64')

function readKept(path) {
  const kept = new Map()
  try {
    const bytes = readFileSync(path)
    const headerBytes = bytes.readUInt32BE(0)
    let at = 4 + headerBytes
    for (const [file, hash, length] of JSON.parse(bytes.subarray(4, at))) {
      kept.set(file, { hash, data: bytes.subarray(at, at + length) })
      at += length
    }
  } catch {
    // It saves time and nothing else.
  }
  return kept
}

/**
 * Compiles files under `root` with what is in the file `keptAt`, if given. The result tells what was compiled, or
 * undefined when there is nothing worth keeping.
 */
export function useCompiledCode(root, keptAt) {
  // Source maps are read by Node's own way of compiling, which is left alone then.
  if (process.sourceMapsEnabled || /--enable-source-maps/.test(process.env.NODE_OPTIONS ?? '')) return () => undefined
  // Before Node 22 what is compiled from kept code cannot import().
  if (!module.enableCompileCache) return () => undefined
  const kept = keptAt === undefined ? new Map() : readKept(keptAt)
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
  return () => {
    const header = []
    const parts = []
    let total = 0
    for (const [file, { hash, script }] of scripts) {
      const data = script.createCachedData()
      total += data.length
      if (total > mostBytes) break
      header.push([file, hash, data.length])
      parts.push(data)
    }
    if (header.length === 0) return undefined
    const head = Buffer.from(JSON.stringify(header))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(head.length)
    return Buffer.concat([length, head, ...parts])
  }
}
