/**
 * `node test/releases/store.ts`: keeps a data folder of this release, filled with something of every kind, for the
 * tests of later ones. Run it when a release is made.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { version } from '../../src/version.ts'
import { startNode } from '../harness.ts'
import { fill } from './contents.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'landfall-release-'))
const node = await startNode({ dataDir })
await fill(node)
await node.close()
writeFileSync(join(dataDir, 'filled-at'), String(Date.now()))
const folders = join(import.meta.dirname, 'folders')
mkdirSync(folders, { recursive: true })
const archive = join(folders, `${version}.tgz`)
const tar = spawnSync('tar', ['-czf', archive, '--owner=0', '--group=0', '-C', dataDir, '.'], { stdio: 'inherit' })
rmSync(dataDir, { recursive: true, force: true })
if (tar.status !== 0) process.exit(tar.status ?? 1)
process.stdout.write(`kept as ${version}.tgz\n`)
