// Process 1 of a container of an image with extensions: the image's own shell, which starts them, then the image's program,
// and ends when all of them have. It needs nothing of the image but a shell as POSIX has it.
import { EventEmitter } from 'node:events'
import { runtimeOnly } from './extensions-api.mjs'

export const shell = '/bin/sh'
/**
 * The shell's descriptors from 3 on: where it tells what happens, where extensions print, and where it is told whom to signal
 * and when to start the program.
 */
export const descriptors = 3

const program = 'program'
/** Arguments: the number of extensions, their paths, the program and its arguments. A process tells its id before it becomes what it is for. */
const script = `
begin='echo "$0 pid $$" >&3; exec "$@" 3>&- 4>&- 5<&-'
obey() {
  while read -r word pid; do
    if [ "$word" = start ]; then return 0; fi
    kill "-$word" "$pid"
  done
  return 1
}
count=$1
shift
i=0
while [ "$i" -lt "$count" ]; do
  (
    if [ ! -f "$1" ]; then echo "$i ENOENT" >&3; exit; fi
    if [ ! -x "$1" ]; then echo "$i EACCES" >&3; exit; fi
    cd /
    unset ${runtimeOnly.join(' ')}
    ${shell} -c "$begin" "$i" "$1" >&4 2>&4
    echo "$i exit $?" >&3
  ) &
  shift
  i=$((i + 1))
done
obey <&5 || exit 1
obey <&5 &
code=127
if command -v "$1" >/dev/null; then
  ${shell} -c "$begin" ${program} "$@"
  code=$?
  echo "${program} exit $code" >&3
else
  echo "${program} ENOENT" >&3
fi
wait
exit "$code"`

/** What the shell is started with. */
export const initArguments = (extensions, argv) => [
  '-c',
  script,
  'init',
  `${extensions.length}`,
  ...extensions,
  ...argv,
]

/** A process in the container, as Node has its children: `exit` or `error` is emitted once, `kill` sends a signal. */
class ContainedProcess extends EventEmitter {
  #order
  #pid
  #waiting = []
  #ended = false

  constructor(order) {
    super()
    this.#order = order
    // Nobody may be there to hear it.
    this.on('error', () => undefined)
  }
  began(pid) {
    this.#pid = pid
    for (const signal of this.#waiting.splice(0)) this.kill(signal)
  }
  kill(signal) {
    if (this.#ended) return
    if (this.#pid === undefined) this.#waiting.push(signal)
    else this.#order(`${signal.slice('SIG'.length)} ${this.#pid}`)
  }
  end(event, ...how) {
    if (this.#ended) return
    this.#ended = true
    this.emit(event, ...how)
  }
}

/**
 * The processes of a container with `count` extensions: theirs, in the order of their paths, and the program's, which begins
 * with `start`. `told` and `orders`: the other ends of descriptors 3 and 5. `endOf(code)`: code and signal of what the shell
 * says.
 */
export function initProcesses(count, { told, orders, endOf }) {
  const order = (text) => void orders.write(`${text}\n`)
  const extensions = Array.from({ length: count }, () => new ContainedProcess(order))
  const runtime = new ContainedProcess(order)
  const hear = (line) => {
    const [who, what, number] = line.split(' ')
    const one = who === program ? runtime : extensions[Number(who)]
    if (what === 'pid') one?.began(Number(number))
    else if (what === 'exit') one?.end('exit', ...endOf(Number(number), null))
    else one?.end('error', Object.assign(new Error(line), { code: what }))
  }
  let rest = ''
  told.on('data', (bytes) => {
    const lines = (rest + bytes).split('\n')
    rest = lines.pop()
    for (const line of lines) hear(line)
  })
  // A container that is gone takes no orders.
  for (const stream of [told, orders]) stream.on('error', () => undefined)
  return {
    extensions,
    runtime,
    start: () => order('start'),
    /** The container is gone, and all that was in it. */
    end(code, signal) {
      for (const one of [runtime, ...extensions]) one.end('exit', code, signal)
    },
  }
}
