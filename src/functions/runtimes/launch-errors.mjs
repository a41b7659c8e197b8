/** What is said of a program that could not be started, by the code of the error. */
export const launchErrors = {
  ENOEXEC: 'exec format error',
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
}
