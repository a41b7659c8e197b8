/** How deep lists and objects may lie in each other in documents, schemas and bodies: what writes them goes down by calls. */
export const mostLevels = 200
