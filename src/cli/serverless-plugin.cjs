'use strict'

// Points version 2 of the AWS SDK at AWS_ENDPOINT_URL, which later versions are by themselves: for Serverless Framework 3
// and osls 3. Either loaded with --require, before the SDK is, as `landfall deploy` and `landfall env --sdk-2` do; or named
// among a service's plugins, as landfall/serverless-plugin.
const Module = require('node:module')

const load = Module._load
const seen = new WeakSet()

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest)
  if (/(^|[\\/])aws-sdk([\\/]lib[\\/](core|aws)(\.js)?)?$/.test(request)) pointAtNode(loaded)
  return loaded
}

function pointAtNode(sdk) {
  const endpoint = process.env.AWS_ENDPOINT_URL
  if (!endpoint || typeof sdk?.config?.update !== 'function' || seen.has(sdk.config)) return
  seen.add(sdk.config)
  // Buckets are part of the path: there is no name for each below an address.
  sdk.config.update({ endpoint, s3ForcePathStyle: true })
}

module.exports = class LandfallPlugin {
  constructor(serverless) {
    // osls 4 has version 3 of the SDK, and throws when asked for the other.
    if (Number.parseInt(serverless.version, 10) < 4) pointAtNode(serverless.getProvider('aws').sdk)
  }
}
