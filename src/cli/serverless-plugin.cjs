'use strict'

// Points version 2 of the AWS SDK at AWS_ENDPOINT_URL, which later versions are by themselves: for Serverless Framework 3
// and osls 3. Either loaded with --require, before the SDK is, as `landfall deploy` and `landfall env --sdk-2` do; or named
// among a service's plugins, as landfall/serverless-plugin. Loaded either way it also keeps the data folder of a node, which
// `landfall dev` puts beside the sources, out of packages: every function would have the store in its code.
const Module = require('node:module')

const load = Module._load
const seen = new WeakSet()
const data = '.landfall/**'

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest)
  if (/(^|[\\/])aws-sdk([\\/]lib[\\/](core|aws)(\.js)?)?$/.test(request)) pointAtNode(loaded)
  if (request.endsWith('/package-service')) leaveOutData(loaded.defaultExcludes)
  return loaded
}

/** `excluded`: the patterns that the tool packages no file of. */
function leaveOutData(excluded) {
  if (Array.isArray(excluded) && !excluded.includes(data)) excluded.push(data)
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
    for (const plugin of serverless.pluginManager?.plugins ?? []) leaveOutData(plugin.defaultExcludes)
    // osls 4 has version 3 of the SDK, and throws when asked for the other.
    if (Number.parseInt(serverless.version, 10) < 4) pointAtNode(serverless.getProvider('aws').sdk)
  }
}
