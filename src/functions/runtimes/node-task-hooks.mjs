// Runs in the thread that Node 18 and 20 have for such hooks: what node-resolve.mjs does for a linked task root elsewhere.
let linked

export function initialize(data) {
  linked = data
}

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  const { folderUrl, rootUrl } = linked
  return found.url.startsWith(folderUrl) ? { ...found, url: rootUrl + found.url.slice(folderUrl.length) } : found
}
