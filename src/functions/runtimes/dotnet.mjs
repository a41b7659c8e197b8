// What a handler of a .NET function names, and what runs it:
// https://docs.aws.amazon.com/lambda/latest/dg/csharp-handler.html
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const support = 'Amazon.Lambda.RuntimeSupport.dll'

/** The command that serves `handler`: `Assembly` (it has a main program), or `Assembly::Type::Method`. Else why there is none. */
export function dotnetCommand(dotnet, { taskRoot, handler }) {
  const inTask = (name) => join(taskRoot, name)
  // A package that was built for an older .NET runs on a newer one.
  const exec = [dotnet, 'exec', '--roll-forward', 'Major']
  const [assembly] = handler.split('::')
  if (assembly === handler) {
    const library = inTask(handler.endsWith('.dll') ? handler : `${handler}.dll`)
    if (existsSync(library)) return [...exec, library]
    const binary = inTask(handler)
    return existsSync(binary) ? [binary] : `executable assembly ${library} or binary ${binary} not found`
  }
  if (!existsSync(inTask(support))) {
    return `${handler} needs ${support} in the package, as a program: it is not published by itself; make the function an executable assembly`
  }
  const found = { depsfile: `${assembly}.deps.json`, runtimeconfig: `${assembly}.runtimeconfig.json` }
  for (const [option, name] of Object.entries(found)) {
    const file = existsSync(inTask(name)) ? name : onlyOne(taskRoot, name.slice(assembly.length))
    if (!file) return `the package has no ${name}`
    exec.push(`--${option}`, inTask(file))
  }
  return [...exec, inTask(support), handler]
}

function onlyOne(dir, ending) {
  const found = readdirSync(dir).filter((name) => name.endsWith(ending))
  return found.length === 1 ? found[0] : undefined
}
