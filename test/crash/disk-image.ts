import type { Event } from './trace.ts'

const pageBytes = 4_096

interface Written {
  readonly offset: number
  readonly data: Buffer
}

/** A disk with a cache in front: what was written and not synced may or may not survive, page by page and in any order. */
export interface Disk {
  apply(event: Event, index: number): void
  /** What is found after the power was lost now; `survives` decides for each page that was not synced. */
  afterPowerLoss(survives: () => boolean): Buffer
}

/** `honest` disks sync when told to; others say they did. */
export function createDisk(initial: Buffer, honest = true): Disk {
  let disk: Buffer = Buffer.from(initial)
  let pending: (Written & { readonly index: number })[] = []

  function put(image: Buffer, { offset, data }: Written): Buffer {
    let grown = image
    if (offset + data.length > image.length) {
      grown = Buffer.alloc(offset + data.length)
      image.copy(grown)
    }
    data.copy(grown, offset)
    return grown
  }

  return {
    apply(event, index) {
      if (event.kind === 'write' && event.synced && honest) disk = put(disk, event)
      else if (event.kind === 'write') {
        for (let at = 0; at < event.data.length; at += pageBytes) {
          pending.push({ index, offset: event.offset + at, data: event.data.subarray(at, at + pageBytes) })
        }
      } else if (event.kind === 'sync' && honest) {
        for (const page of pending) if (page.index < event.covers) disk = put(disk, page)
        pending = pending.filter((page) => page.index >= event.covers)
      }
    },
    afterPowerLoss(survives) {
      let image: Buffer = Buffer.from(disk)
      for (const page of pending) if (survives()) image = put(image, page)
      return image
    },
  }
}
