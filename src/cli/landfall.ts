// Nothing is imported before what is imported can be compiled ahead.
const { existsSync } = process.getBuiltinModule('node:fs')
const { enableCompileCache } = process.getBuiltinModule('node:module')
const { fileURLToPath } = process.getBuiltinModule('node:url')

// Made by the build of a checkout: what is loaded from here on is compiled once. An installed package writes nothing
// outside of its data folder and has none.
const compiled = fileURLToPath(new URL('.compiled', import.meta.url))
if (existsSync(compiled)) enableCompileCache(compiled)

const stop = new AbortController()
let asked = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time is an order.
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143)
    asked = true
    stop.abort(new Error(`stopped by ${signal}`))
  })
}

const { runCli } = await import('./run.ts')
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
})
