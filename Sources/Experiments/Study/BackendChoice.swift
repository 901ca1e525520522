import Device
import GraphExec
import Reference

/// Opens the backend that `--device` asks for.
package enum BackendChoice {
  /// The OpenCL device that matches, or the CPU backend.
  ///
  /// - Throws: `DeviceNotFound`, with what there is; `OpenCLError`.
  package static func open(_ text: String, sources: KernelSources = .embedded) throws -> any Backend {
    let selection = DeviceSelection(text)
    if selection == .cpu { return CPUBackend() }
    guard let device = try selection.pick(from: ComputeDevice.all()) else { return CPUBackend() }
    return try OpenCLBackend(device, sources: sources)
  }
}
