/** What keeps functions apart on this host, for `landfall doctor`. */
export { type HostLayers, inspectHost, type Layer } from './functions/host-layers.ts'
