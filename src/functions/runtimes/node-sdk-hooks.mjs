// Runs in the thread that Node 18 and 20 have for such hooks: what node-resolve.mjs does for the SDK elsewhere.
const provided = /^@(aws-sdk|smithy|aws-crypto)\//
let parentUrl

export function initialize(data) {
  parentUrl = data.parentUrl
}

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context)
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !provided.test(specifier)) throw error
    return next(specifier, { ...context, parentURL: parentUrl })
  }
}
