import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findContainerEngine } from '../../src/functions/container-engine.ts'
import { run } from './tools.ts'

/** The podman of this host, or why there is none that starts containers. */
export const podman = await findContainerEngine(onPath('podman'))

function onPath(name: string): string[] {
  const { stdout, status } = spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
  return status === 0 ? [stdout.trim()] : []
}

/** What images are made of in `dir`: Node, the libraries it is linked to, and `app.js`. Nothing is pulled from anywhere. */
export function importNodeImage(dir: string, tag: string, app: string): void {
  const root = join(dir, 'root')
  for (const folder of ['app', 'tmp', 'proc', 'sys', 'dev', 'etc', 'var/tmp', 'run']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  // Where it is not, runc 1.1 leaves the one that is mounted there to root alone.
  chmodSync(join(root, 'tmp'), 0o1777)
  copyFileSync(process.execPath, join(root, 'app/node'))
  const linked = execFileSync('ldd', [process.execPath], { encoding: 'utf8' })
  for (const [library] of linked.matchAll(/\/\S+/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    copyFileSync(library, join(root, library))
  }
  writeFileSync(join(root, 'app/app.js'), app)
  const tar = join(dir, 'root.tar')
  run('tar', ['-C', root, '-cf', tar, '.'])
  const changes = ['ENTRYPOINT ["/app/node","/app/app.js"]', 'CMD ["first"]', 'WORKDIR /app']
  run('podman', ['import', '--quiet', ...changes.flatMap((change) => ['--change', change]), tar, tag])
}

/** A program that says of each family of sockets whether it may make one. For Go's compiler alone, without modules. */
export function buildSockets(dir: string, families: readonly number[]): string {
  const file = join(dir, 'sockets.go')
  const source = `package main
import ("encoding/json"; "os"; "syscall")
func main() {
  told := map[int]bool{}
  for _, family := range []int{${families}} {
    _, err := syscall.Socket(family, syscall.SOCK_DGRAM, 0)
    told[family] = err == nil
  }
  json.NewEncoder(os.Stdout).Encode(told)
}`
  writeFileSync(file, source)
  run('go', ['build', '-o', join(dir, 'sockets'), file], { env: { ...process.env, CGO_ENABLED: '0' } })
  return join(dir, 'sockets')
}

/** Another image of the same layers. */
export function deriveImage(dir: string, from: string, tag: string, lines: readonly string[]): void {
  const file = join(dir, 'Containerfile')
  writeFileSync(file, [`FROM ${from}`, ...lines, ''].join('\n'))
  run('podman', ['build', '--quiet', '--tag', tag, '--file', file, dir])
}

/** Names of the containers of this host that run the image. */
export function containersOf(tag: string): string[] {
  const id = run('podman', ['image', 'inspect', '--format', '{{.Id}}', tag]).trim()
  const listed = run('podman', ['ps', '--all', '--no-trunc', '--format', '{{.Names}} {{.ImageID}}']).split('\n')
  return listed.filter((line) => line.includes(id)).map((line) => line.split(' ')[0] as string)
}

/** The process of the host that is the first of the container. */
export function processOf(container: string): number {
  return Number(run('podman', ['inspect', '--format', '{{.State.Pid}}', container]))
}
