import { join, posix } from 'node:path'
import type { BuildContext, BuildOptions, Format } from 'esbuild'

export interface BundleRequest {
  readonly serviceDir: string
  /** The source file of the handler, absolute. */
  readonly source: string
  /** The path of the bundle in the deployment package: `src/place.js`. */
  readonly output: string
  /** What was deployed, which shows how it was bundled. */
  readonly deployed: string
  /** `custom.esbuild` of the service. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly moduleJs: boolean
}

export interface Bundle {
  /** Path in the package → content. */
  readonly outputs: ReadonlyMap<string, Buffer>
  /** The source files it was made of, absolute. */
  readonly inputs: ReadonlySet<string>
}

export interface Bundler extends AsyncDisposable {
  /** Bundles again, reading only what changed. Rejects with a message of the compiler for wrong source. */
  rebuild(): Promise<Bundle>
}

/** Settings of `custom.esbuild` that mean the same here as to the plugin that packages the service. */
const passedOn = [
  'target',
  'sourcemap',
  'minify',
  'keepNames',
  'define',
  'loader',
  'tsconfig',
  'banner',
  'footer',
  'conditions',
  'mainFields',
  'jsx',
  'jsxFactory',
  'jsxImportSource',
  'charset',
  'treeShaking',
] as const

/** Prepares to bundle one function the way its deployed bundle was made. */
export async function createBundler(request: BundleRequest): Promise<Bundler> {
  const { context } = await import('esbuild')
  const { serviceDir, source, output, settings } = request
  const extension = posix.extname(output)
  // Beside its source, so that the paths in its source map are those below the folder of the service.
  const outdir = serviceDir
  const built: BuildContext<BuildOptions & { write: false; metafile: true }> = await context({
    ...Object.fromEntries(passedOn.flatMap((name) => (name in settings ? [[name, settings[name]]] : []))),
    absWorkingDir: serviceDir,
    entryPoints: { [output.slice(0, -extension.length)]: source },
    outdir,
    allowOverwrite: true,
    outExtension: { '.js': extension },
    bundle: true,
    platform: 'node',
    format: format(extension, request),
    external: externals(request),
    logLevel: 'silent',
    metafile: true,
    write: false,
  })
  return {
    async rebuild() {
      const { outputFiles, metafile } = await built.rebuild()
      return {
        outputs: new Map(
          outputFiles.map(({ path, contents }) => [path.slice(outdir.length + 1), Buffer.from(contents)]),
        ),
        inputs: new Set(Object.keys(metafile.inputs).map((path) => join(serviceDir, path))),
      }
    },
    async [Symbol.asyncDispose]() {
      await built.dispose()
    },
  }
}

function format(extension: string, { settings, moduleJs }: BundleRequest): Format {
  if (extension === '.mjs') return 'esm'
  if (extension === '.cjs') return 'cjs'
  return settings.format === 'esm' || moduleJs ? 'esm' : 'cjs'
}

/** What the deployed bundle left outside stays outside. */
function externals({ settings, deployed }: BundleRequest): string[] {
  const named = [settings.external, settings.exclude].flatMap((value) =>
    Array.isArray(value) ? value.map(String) : [],
  )
  return /["']@aws-sdk\//.test(deployed) ? [...named, '@aws-sdk/*'] : named
}
