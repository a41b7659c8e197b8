/** Where an instance's view of the assets is mounted, in its own mount namespace. */
export const hub = '/mnt'

/** Process and file limits of Lambda, in sh. dash and bash spell the second differently. */
export const limits = 'ulimit -c 0; ulimit -n 1024; ulimit -u 1024 2>/dev/null || ulimit -p 1024 2>/dev/null || true'

/** The kernel ends an instance whose node is gone, so that a node killed with SIGKILL leaves nothing running. */
export const guard = '--pdeathsig KILL'
