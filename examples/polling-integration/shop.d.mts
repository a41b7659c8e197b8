import type { Server } from 'node:http'

/** Not listening yet. While `isDown()` it answers 503. */
export function createShop(isDown?: () => boolean): Server
