import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { FunctionSpec } from '../kernel/functions.ts'

/**
 * Gives a process that was started before its function was known what is to be its `/opt`: links into `optDir`, which
 * the process has there, to the entries of `dir`, which it sees at `inside`. `lib` is a folder of links, since the
 * dynamic loader does not ask again for folders that were missing when the process began.
 */
export async function linkLayers(dir: string, inside: string, optDir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.name === 'lib' && entry.isDirectory()) {
      await mkdir(join(optDir, 'lib'), { recursive: true })
      await linkLayers(join(dir, 'lib'), join(inside, 'lib'), join(optDir, 'lib'))
    } else {
      // Made ahead as a folder, where the layers have a link.
      if (entry.name === 'lib') await rm(join(optDir, 'lib'), { recursive: true, force: true })
      await symlink(join(inside, entry.name), join(optDir, entry.name))
    }
  }
}

/**
 * The variables by which programs find what layers bring, as Lambda sets them. `root`: `/opt`, or where the layers are
 * seen on hosts whose instances have no `/opt` of their own.
 * https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
 */
export function layerEnvironment(spec: FunctionSpec, root: string, taskRoot: string): Record<string, string> {
  const node = /^nodejs(\d+)/.exec(spec.runtime)?.[1]
  return {
    LD_LIBRARY_PATH: [taskRoot, `${taskRoot}/lib`, `${root}/lib`].join(':'),
    ...(node && {
      NODE_PATH: [`${root}/nodejs/node${node}/node_modules`, `${root}/nodejs/node_modules`, `${root}/nodejs`].join(':'),
    }),
  }
}

/**
 * Where Ruby functions find gems and sources, of the package and of layers, as Lambda sets it.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function rubyEnvironment(
  runtime: string,
  taskRoot: string,
  layersRoot: string | undefined,
): Record<string, string> {
  const version = /^ruby(.+)$/.exec(runtime)?.[1]
  if (!version) return {}
  const [gems, sources] = [[`${taskRoot}/vendor/bundle/ruby/${version}.0`], [taskRoot]]
  if (layersRoot !== undefined) {
    gems.push(`${layersRoot}/ruby/gems/${version}.0`)
    sources.push(`${layersRoot}/ruby/lib`)
  }
  return { GEM_PATH: gems.join(':'), RUBYLIB: sources.join(':') }
}
