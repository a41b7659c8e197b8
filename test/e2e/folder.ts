import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Folder extends AsyncDisposable {
  readonly path: string
}

/** An empty folder that goes with the test. */
export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'landfall-e2e-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/**
 * A copy of a service to deploy from, with packages in reach: those named, by their folders, else all of the checkout's.
 * What tools left in the original stays there.
 */
export async function copyOfService(dir: string, packages?: Readonly<Record<string, string>>): Promise<Folder> {
  const folder = await temporaryFolder()
  await cp(join(root, dir), folder.path, { recursive: true, filter: (path) => !basename(path).startsWith('.') })
  const modules = join(folder.path, 'node_modules')
  if (!packages) await symlink(join(root, 'node_modules'), modules)
  else {
    await mkdir(modules)
    for (const [name, path] of Object.entries(packages)) await symlink(path, join(modules, name))
  }
  return folder
}
