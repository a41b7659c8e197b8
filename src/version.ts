import manifest from '../package.json' with { type: 'json' }

/** Landfall's own version. */
export const version: string = manifest.version
