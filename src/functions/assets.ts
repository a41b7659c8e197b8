import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Assets } from './isolation.ts'

/** What instances are started from on this host. The folders of code are the caller's. */
export function assetsOfHost(codeRoot: string): Assets {
  return {
    nodeBinary: process.execPath,
    runtimesDir: join(import.meta.dirname, 'runtimes'),
    modulesDir: modulesDir(),
    codeRoot,
  }
}

/** The `node_modules` that holds the SDK, wherever this package is installed. */
function modulesDir(): string {
  const manifest = createRequire(import.meta.url).resolve('@aws-sdk/client-lambda/package.json')
  return dirname(dirname(dirname(manifest)))
}
