/** Data of buffers that are being delivered at one time, whatever they are of: as much as the largest of them has. */
const capacity = 128 * 1_048_576
let taken = 0
const queue: { readonly bytes: number; begin(): void }[] = []

/** Does work that holds so many bytes in memory once there is room for it, in the order of asking. */
export async function withRoom<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const own = Math.min(bytes, capacity)
  await new Promise<void>((begin) => {
    queue.push({ bytes: own, begin })
    admit()
  })
  try {
    return await work()
  } finally {
    taken -= own
    admit()
  }
}

function admit(): void {
  for (let next = queue[0]; next && taken + next.bytes <= capacity; next = queue[0]) {
    queue.shift()
    taken += next.bytes
    next.begin()
  }
}
