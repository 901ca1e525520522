import Device
import GraphExec
import Reference

/// Opens the backend that `--device` asks for.
package enum BackendChoice {
  /// The OpenCL device that matches, or the CPU backend.
  ///
  /// - Parameter sources: the kernels; those of `WHITTLE_KERNELS`, if it is set, unless told otherwise.
  /// - Throws: `DeviceNotFound`, with what there is; `OpenCLError`.
  package static func open(
    _ text: String, sources: KernelSources = .choose(folder: nil)
  ) throws -> any Backend {
    let selection = DeviceSelection(text)
    if selection == .cpu { return CPUBackend() }
    guard let device = try selection.pick(from: ComputeDevice.all()) else { return CPUBackend() }
    return try OpenCLBackend(device, sources: sources)
  }

  /// Refuses a form that the backend would silently run as another.
  ///
  /// - Throws: `ConfigError`.
  package static func check(_ format: ExecutionConfig.Format, on backend: any Backend) throws {
    guard format == .sparse, !backend.executesSparse else { return }
    throw ConfigError(problems: [
      "execution.format: \"sparse\" needs an OpenCL device, and this is \(backend.summary.name), which has dense layers "
        + "only; choose \"auto\", or another device with --device"
    ])
  }
}
