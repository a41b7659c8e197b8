'use strict'

/**
 * Bundles each function with esbuild before packaging: one file a function, its dependencies inside, the AWS SDK left
 * to the runtime. Options come from `custom.esbuild`. What larger services use for this is the plugin
 * serverless-esbuild; this is the same idea in a page, so that the example needs nothing installed.
 */
const { createWriteStream } = require('node:fs')
const { join } = require('node:path')
const { pipeline } = require('node:stream/promises')
const esbuild = require('esbuild')
const { ZipFile } = require('yazl')

// A fixed date keeps the zip the same as long as the code is, so that an unchanged function is not updated.
const mtime = new Date(2000, 0, 1)

module.exports = class Bundle {
  constructor(serverless) {
    this.serverless = serverless
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.bundle(serverless.service.getAllFunctions()),
      'before:deploy:function:packageFunction': () => this.bundle([serverless.processedInput.options.function]),
    }
  }

  async bundle(names) {
    const { serviceDir, service } = this.serverless
    for (const name of names) {
      const definition = service.getFunction(name)
      const path = definition.handler.slice(0, definition.handler.lastIndexOf('.'))
      const { outputFiles } = await esbuild.build({
        target: 'node22',
        ...service.custom?.esbuild,
        absWorkingDir: serviceDir,
        entryPoints: { [path]: `./${path}.ts` },
        // Beside its source, for the paths in its source map; it is written to the package alone.
        outdir: '.',
        allowOverwrite: true,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        external: ['@aws-sdk/*'],
        write: false,
      })
      const zip = new ZipFile()
      for (const file of outputFiles) {
        const inZip = file.path.slice(serviceDir.length + 1)
        zip.addBuffer(Buffer.from(file.contents), inZip, { mtime, mode: 0o100644 })
      }
      zip.end()
      const artifact = join(serviceDir, '.serverless', `${name}.zip`)
      await pipeline(zip.outputStream, createWriteStream(artifact))
      definition.package = { ...definition.package, artifact }
    }
  }
}
