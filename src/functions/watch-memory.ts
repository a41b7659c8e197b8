import type { InstanceProcess } from './process.ts'

const watchMs = 50

/** Ends a program that holds more memory than its function may, on hosts where the kernel does not. Call the result to stop. */
export function watchMemory(process: InstanceProcess, memoryMb: number): () => void {
  if (process.memoryIsBounded) return () => undefined
  const timer = setInterval(() => {
    if (process.residentBytes() > memoryMb * 1_048_576) void process.end()
  }, watchMs)
  return () => clearInterval(timer)
}
