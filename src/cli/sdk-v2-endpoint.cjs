'use strict'

// Loaded into Serverless Framework 3 and osls 3 with --require: points version 2 of the AWS SDK at AWS_ENDPOINT_URL,
// which later versions do by themselves.
const Module = require('node:module')

const load = Module._load
const seen = new WeakSet()

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest)
  const isSdk = /(^|[\\/])aws-sdk([\\/]lib[\\/](core|aws)(\.js)?)?$/.test(request)
  if (isSdk && typeof loaded?.config?.update === 'function' && !seen.has(loaded.config)) {
    seen.add(loaded.config)
    loaded.config.update({ endpoint: process.env.AWS_ENDPOINT_URL, s3ForcePathStyle: true })
  }
  return loaded
}
