/**
 * `npm run package [FOLDER]`: makes the package that is published, a .tgz in FOLDER (default: the checkout). It is packed from
 * a copy, whose package.json is without what only a checkout needs: the pinned Node, development tools and scripts.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from './build.mjs'
import { root } from './setup.mjs'

const staged = mkdtempSync(join(tmpdir(), 'landfall-package-'))
try {
  const { scripts, devDependencies, optionalDependencies, ...manifest } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  for (const file of manifest.files) {
    if (file !== 'dist') cpSync(join(root, file), join(staged, file), { recursive: true })
  }
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await build({ outdir: join(staged, 'dist'), cache: false })
  const folder = resolve(process.argv[2] ?? root)
  const { status } = spawnSync('npm', ['pack', '--pack-destination', folder], { cwd: staged, stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  rmSync(staged, { recursive: true, force: true })
}
